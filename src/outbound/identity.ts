import { Identifying } from '#domain/identifying';
import type { DicomJson } from '#domain/instance';

/** Who the patient is and which exam, as the report says it, which is as the source says it. */
export interface Identity {
  readonly patientId: string;
  readonly issuer: string;
  /** Filled groups of the patient's name: alphabetic, ideographic, phonetic; five components each. */
  readonly names: readonly { readonly group: NameGroup; readonly components: readonly string[] }[];
  /** YYYYMMDD, or empty. */
  readonly birthDate: string;
  readonly sex: string;
  readonly accession: string;
  readonly studyId: string;
  readonly studyDescription: string;
  readonly studyDate: string;
  readonly studyTime: string;
  /** Offset from UTC such as +0900, or empty. */
  readonly timezone: string;
  readonly admissionId: string;
}

/** Component groups of a person name (PS3.5 section 6.2.1). */
export const nameGroups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;
export type NameGroup = (typeof nameGroups)[number];

/** Reads them off a data set; nothing but a message's body may disclose them. */
export function identityIn(json: DicomJson): Identifying<Identity> {
  const text = (tag: string): string => {
    const value = json[tag]?.Value?.[0];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  };
  const name = (json['00100010']?.Value?.[0] ?? {}) as Readonly<Partial<Record<NameGroup, string>>>;
  return new Identifying({
    patientId: text('00100020'),
    issuer: text('00100021'),
    names: nameGroups.flatMap((group) => {
      const components = (name[group] ?? '').split('^').map((component) => component.trim());
      return components.some(Boolean) ? [{ group, components }] : [];
    }),
    birthDate: text('00100030'),
    sex: text('00100040'),
    accession: text('00080050'),
    studyId: text('00200010'),
    studyDescription: text('00081030'),
    studyDate: text('00080020'),
    studyTime: text('00080030'),
    timezone: text('00080201'),
    admissionId: text('00380010'),
  });
}
