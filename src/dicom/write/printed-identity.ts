import type { DicomJson, InstanceFacts } from '#domain/instance';

/** Who and which study, as a person reads it on paper. To be drawn into results only: everything in it identifies the patient. */
export interface PrintedIdentity {
  /** The groups of the patient's name that are filled, alphabetic before ideographic before phonetic, components apart. */
  readonly names: readonly (readonly string[])[];
  readonly lines: readonly (readonly [label: string, value: string])[];
}

/** Reads them off a source's attributes. */
export function printedIdentity({ attributes }: InstanceFacts): PrintedIdentity {
  const json = attributes.disclose();
  return {
    names: namesOf(json),
    lines: [
      ['Patient ID', first(json, '00100020')],
      ['Born', date(first(json, '00100030'))],
      ['Sex', first(json, '00100040')],
      ['Study', [date(first(json, '00080020')), first(json, '00081030')].filter(Boolean).join(', ')],
      ['Accession', first(json, '00080050')],
    ],
  };
}

function namesOf(json: DicomJson): PrintedIdentity['names'] {
  const name = (json['00100010']?.Value?.[0] ?? {}) as Readonly<Record<string, string>>;
  return ['Alphabetic', 'Ideographic', 'Phonetic']
    .map((group) => (name[group] ?? '').split('^').map((component) => component.trim()))
    .map((components) => components.filter(Boolean))
    .filter((components) => components.length > 0);
}

function first(json: DicomJson, tag: string): string {
  const value = json[tag]?.Value?.[0];
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** A DA value as ISO 8601 writes it. */
function date(value: string): string {
  return value.replace(/^(\d{4})\.?(\d{2})\.?(\d{2})$/, '$1-$2-$3');
}
