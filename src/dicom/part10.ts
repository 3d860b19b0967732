import { inflateRawSync } from 'node:zlib';
import { AgentError } from '#domain/errors';
import { deriveUid } from '#domain/uid';
import { bufferSource, type ByteSource } from './byte-source.ts';
import { readDataSet, type DataSet } from './elements.ts';
import { transferSyntaxOf, type TransferSyntax } from './transfer-syntaxes.ts';

/** Who writes our files (PS3.7 section D.3.3.2). */
export const implementation = { classUid: deriveUid('Apical', 'implementation'), versionName: 'APICAL_0.1' } as const;

export interface FileMeta {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly transferSyntax: string;
  readonly sourceAeTitle?: string | undefined;
}

/** Preamble, prefix and File Meta Information of a Part 10 file (PS3.10 section 7.1); the data set's bytes follow it. */
export function fileMeta({ sopClass, sopInstance, transferSyntax, sourceAeTitle }: FileMeta): Buffer {
  const elements = Buffer.concat([
    meta(0x0001, 'OB', Buffer.from([0, 1])),
    meta(0x0002, 'UI', uid(sopClass)),
    meta(0x0003, 'UI', uid(sopInstance)),
    meta(0x0010, 'UI', uid(transferSyntax)),
    meta(0x0012, 'UI', uid(implementation.classUid)),
    meta(0x0013, 'SH', padded(implementation.versionName, ' ')),
    ...(sourceAeTitle ? [meta(0x0016, 'AE', padded(sourceAeTitle, ' '))] : []),
  ]);
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(elements.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta(0x0000, 'UL', groupLength), elements]);
}

/** Reads the data set of a file up to its pixel data, with or without preamble and meta information. */
export function readPart10(source: ByteSource): DataSet {
  const { offset, syntax } = locateDataSet(source);
  if (!syntax.isDeflated) return readDataSet(source, offset, syntax);
  return readDataSet(bufferSource(inflate(source.read(offset, source.size - offset))), 0, syntax);
}

/** Where the data set of a file begins, and how it is encoded. */
export function locateDataSet(source: ByteSource): { offset: number; syntax: TransferSyntax } {
  if (source.size < 16) throw new AgentError('OBJECT_UNREADABLE', `It has ${source.size} bytes only.`);
  const hasPrefix = source.size > 140 && source.read(128, 4).toString('latin1') === 'DICM';
  const start = hasPrefix ? 132 : 0;
  if (source.read(start, 4).equals(Buffer.from([2, 0, 0, 0])) || source.read(start, 2).equals(Buffer.from([2, 0])))
    return afterMeta(source, start);
  if (hasPrefix) throw new AgentError('OBJECT_UNREADABLE', 'The file meta information is missing.');
  return { offset: start, syntax: transferSyntaxOf(guessSyntax(source.read(0, 8))) };
}

/** Walks group 2, which is always explicit little endian, without trusting its group length. */
function afterMeta(source: ByteSource, start: number): { offset: number; syntax: TransferSyntax } {
  let at = start;
  let transferSyntax: string | undefined;
  while (at + 8 <= source.size) {
    const head = source.read(at, 8);
    if (head.readUInt16LE(0) !== 2) break;
    const isLong = ['OB', 'OW', 'UN', 'SQ', 'UT'].includes(head.toString('latin1', 4, 6));
    const length = isLong ? source.read(at + 8, 4).readUInt32LE(0) : head.readUInt16LE(6);
    const value = at + (isLong ? 12 : 8);
    if (head.readUInt16LE(2) === 0x0010)
      transferSyntax = source
        .read(value, length)
        .toString('latin1')
        .replace(/[\0 ]+$/, '');
    at = value + length;
  }
  if (at + 8 > source.size)
    throw new AgentError('OBJECT_UNREADABLE', 'There is file meta information and no data set.');
  return { offset: at, syntax: transferSyntaxOf(transferSyntax ?? guessSyntax(source.read(at, 8))) };
}

/** A data set without meta information begins in group 8 (PS3.10 section 7): its first bytes tell how it is written. */
function guessSyntax(first: Buffer): string {
  const looksExplicit = /^[A-Z]{2}$/.test(first.toString('latin1', 4, 6));
  if (first.readUInt16LE(0) <= 0x0010 && first.readUInt16LE(0) % 2 === 0 && first[0] !== 0) {
    return looksExplicit ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2';
  }
  if (first.readUInt16BE(0) <= 0x0010 && looksExplicit) return '1.2.840.10008.1.2.2';
  throw new AgentError('OBJECT_UNREADABLE', 'It does not begin as a DICOM object does.');
}

// Deflating makes zeros a thousand times smaller, and pictures hardly more than ten times.
const [inflatedBytesMax, inflatedBytesFree, inflationMax] = [2 ** 29, 2 ** 26, 64];

function inflate(deflated: Buffer): Buffer {
  const maxOutputLength = Math.min(inflatedBytesMax, Math.max(inflatedBytesFree, inflationMax * deflated.length));
  try {
    return inflateRawSync(deflated, { maxOutputLength });
  } catch (cause) {
    const detail = `The deflated data set is damaged, or larger than ${maxOutputLength} bytes once inflated.`;
    throw new AgentError('OBJECT_UNREADABLE', detail, { cause });
  }
}

function meta(element: number, vr: string, value: Buffer): Buffer {
  const isLong = vr === 'OB';
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function uid(text: string): Buffer {
  return padded(text, '\0');
}

function padded(text: string, pad: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : text + pad, 'latin1');
}
