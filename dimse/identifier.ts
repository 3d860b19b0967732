import { bufferSource } from '#dicom/byte-source';
import { readDataSet } from '#dicom/elements';
import { transferSyntaxOf } from '#dicom/transfer-syntaxes';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';

/** Implicit VR Little Endian: every peer reads it, and it is all that we propose for queries. */
export const implicitLittleEndian = '1.2.840.10008.1.2';

/** Keys of a query by tag, each a text; an empty one asks for the value (PS3.4 section C.2.2.2). */
export type Keys = Readonly<Record<string, string>>;

/** The data set of a C-FIND, C-GET or C-MOVE request. */
export function writeIdentifier(keys: Keys): Buffer {
  const tags = Object.keys(keys).sort();
  return Buffer.concat(tags.flatMap((tag) => element(tag, keys[tag] ?? '')));
}

/** Reads the data set of a C-FIND response. Throws OBJECT_UNREADABLE. */
export function readIdentifier(bytes: Buffer): DicomJson {
  return toDicomJson(readDataSet(bufferSource(bytes), 0, transferSyntaxOf(implicitLittleEndian)));
}

function element(tag: string, text: string): readonly Buffer[] {
  const padding = /^[\d.\\]+$/.test(text) ? '\0' : ' '; // UIDs end in NUL (PS3.5 section 9.1), other texts in a blank
  const value = Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.writeUInt32LE(value.length, 4);
  return [head, value];
}
