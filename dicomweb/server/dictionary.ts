import dcmjs from 'dcmjs';

export interface AttributeName {
  /** Eight hexadecimal digits, as in the DICOM JSON model. */
  readonly tag: string;
  readonly vr: string;
}

/** The attribute that a keyword or a tag names (PS3.6 section 6); undefined where it names none. */
export function attributeNamed(name: string): AttributeName | undefined {
  const { nameMap, dictionary } = dcmjs.data.DicomMetaDictionary;
  if (/^[\dA-Fa-f]{8}$/.test(name)) {
    const tag = name.toUpperCase();
    return { tag, vr: dictionary[`(${tag.slice(0, 4)},${tag.slice(4)})`]?.vr ?? 'UN' };
  }
  const entry = Object.hasOwn(nameMap, name) ? nameMap[name] : undefined;
  const digits = entry?.tag.replace(/[(),]/g, '') ?? '';
  return entry && /^[\dA-F]{8}$/.test(digits) ? { tag: digits, vr: entry.vr } : undefined;
}
