import { createRequire } from 'node:module';
import type dcmjs from 'dcmjs';

/** An attribute of the data dictionary (PS3.6 section 6). */
export interface DictionaryEntry {
  /** Group and element as eight hexadecimal digits. */
  readonly tag: string;
  /** As the dictionary has it: `ox` and `xs` leave a choice. */
  readonly vr: string;
}

// As dcmjs-dimse loads it, since `import` finds a second copy; and not before somebody asks: each thread loads its own, 20 MB,
// and a data set that names its VRs asks nothing.
const require = createRequire(import.meta.url);
const dictionary = () => (require('dcmjs') as typeof dcmjs).data.DicomMetaDictionary;

/** The attribute of a tag, eight hexadecimal digits. */
export function entryOfTag(tag: string): DictionaryEntry | undefined {
  const entry = dictionary().dictionary[`(${tag.slice(0, 4)},${tag.slice(4)})`];
  return entry && { tag, vr: entry.vr };
}

/** The attribute of a keyword, such as `PatientID`; none of a repeating group. */
export function entryOfKeyword(keyword: string): DictionaryEntry | undefined {
  const { nameMap } = dictionary();
  const entry = Object.hasOwn(nameMap, keyword) ? nameMap[keyword] : undefined;
  const tag = entry?.tag.replaceAll(/[(),]/g, '') ?? '';
  return entry && /^[\dA-F]{8}$/.test(tag) ? { tag, vr: entry.vr } : undefined;
}
