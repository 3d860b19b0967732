import { deflateRawSync } from 'node:zlib';
import { fileMeta } from '#dicom/part10';
import { dataSetOf } from '#test/kill/sample';

const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
/** Deflated Explicit VR Little Endian (PS3.5 annex A.5). */
export const deflated = '1.2.840.10008.1.2.1.99';

/** An object of a hundred kilobytes, and a hundred megabytes once inflated. */
export function deflateBomb(object: Buffer, sopInstance: string): Buffer {
  const padding = Buffer.from('fcfffcff4f42000000000006', 'hex'); // Data Set Trailing Padding (FFFC,FFFC)
  const zeros = Buffer.concat([dataSetOf(object), padding, Buffer.alloc(0x06000000)]);
  const meta = fileMeta({ sopClass: usMultiframe, sopInstance, transferSyntax: deflated, sourceAeTitle: 'X' });
  return Buffer.concat([meta, deflateRawSync(zeros)]);
}

/** An object that ends with a sequence in a sequence, 10,000 deep. */
export function nestedDeep(object: Buffer): Buffer {
  const nest = Buffer.from('0054000153510000fffffffffeff00e0ffffffff', 'hex');
  return Buffer.concat([object, ...Array<Buffer>(10_000).fill(nest)]);
}
