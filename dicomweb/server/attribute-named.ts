import { entryOfKeyword, entryOfTag, type DictionaryEntry } from '#dicom/dictionary';

/** The attribute that a keyword or a tag names, even one that the dictionary lacks; undefined where it names none. */
export function attributeNamed(name: string): DictionaryEntry | undefined {
  if (!/^[\dA-Fa-f]{8}$/.test(name)) return entryOfKeyword(name);
  const tag = name.toUpperCase();
  return entryOfTag(tag) ?? { tag, vr: 'UN' };
}
