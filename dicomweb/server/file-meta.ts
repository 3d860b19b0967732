/** What the first bytes of a Part 10 file announce (PS3.10 section 7.1): used only to name an object that is refused. */
export interface FileMeta {
  readonly sopClass?: string;
  readonly sopInstance?: string;
}

/** Bytes of a file that are enough to hold the two elements. */
export const fileMetaBytes = 1024;

/** Reads the file meta information, always Explicit VR Little Endian; empty where there is none. */
export function peekFileMeta(start: Buffer): FileMeta {
  if (start.toString('latin1', 128, 132) !== 'DICM') return {};
  const found: { sopClass?: string; sopInstance?: string } = {};
  for (let at = 132; at + 8 <= start.length && start.readUInt16LE(at) === 0x0002;) {
    const element = start.readUInt16LE(at + 2);
    const isLong = ['OB', 'UN'].includes(start.toString('latin1', at + 4, at + 6));
    if (isLong && at + 12 > start.length) break;
    const length = isLong ? start.readUInt32LE(at + 8) : start.readUInt16LE(at + 6);
    const value = at + (isLong ? 12 : 8);
    if (value + length > start.length) break;
    const text = start.toString('latin1', value, value + length).replace(/[\0 ]+$/, '');
    if (element === 0x0002 && isUid(text)) found.sopClass = text;
    if (element === 0x0003 && isUid(text)) found.sopInstance = text;
    at = value + length;
  }
  return found;
}

function isUid(text: string): boolean {
  return text.length <= 64 && /^\d+(\.\d+)+$/.test(text);
}
