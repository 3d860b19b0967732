import { entryOfKeyword, type DictionaryEntry } from '#dicom/dictionary';
import { AgentError } from '#domain/errors';
import type { DicomJson, DicomJsonElement } from '#domain/instance';
import { decimalString, requireValidString } from './value-rules.ts';

/** One value of an attribute as we state it: sequences are lists of attributes. */
export type Stated = string | number | Attributes | readonly string[] | readonly number[] | readonly Attributes[];

/** Attributes by keyword (PS3.6), such as `PatientID`; what is undefined is left out, an empty list is an empty value. */
export interface Attributes {
  readonly [keyword: string]: Stated | undefined;
}

/** Attributes of our own making as DICOM JSON: every keyword is known and every value fits its VR, or REPORT_INVALID is thrown. */
export function named(attributes: Attributes): DicomJson {
  const elements: Record<string, DicomJsonElement> = {};
  for (const [keyword, stated] of Object.entries(attributes)) {
    if (stated === undefined) continue;
    const { tag, vr } = entryOf(keyword);
    const values: readonly (string | number | Attributes)[] = Array.isArray(stated) ? stated : [stated];
    elements[tag] = {
      vr,
      ...(values.length > 0 && { Value: values.map((value) => jsonValue(value, { vr, keyword })) }),
    };
  }
  return elements;
}

/** Tag and VR of a keyword in the data dictionary. */
export function entryOf(keyword: string): DictionaryEntry {
  const entry = entryOfKeyword(keyword);
  if (!entry) throw new AgentError('REPORT_INVALID', `There is no attribute ${keyword}.`);
  return entry.vr === 'xs' ? { ...entry, vr: 'US' } : entry;
}

function jsonValue(value: string | number | Attributes, { vr, keyword }: { vr: string; keyword: string }): unknown {
  if (typeof value === 'object') {
    if (vr !== 'SQ') throw new AgentError('REPORT_INVALID', `${keyword} is no sequence.`);
    return named(value);
  }
  if (vr === 'SQ') throw new AgentError('REPORT_INVALID', `${keyword} is a sequence.`);
  if (typeof value === 'number' && !['DS', 'IS'].includes(vr)) return value;
  const text = typeof value === 'number' ? decimalString(value) : value;
  requireValidString(vr, text, keyword);
  return vr === 'PN' ? { Alphabetic: text } : text;
}
