import { AgentError } from '#domain/errors';
import type { DicomJson, DicomJsonElement } from '#domain/instance';

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);
const shortValueBytesMax = 0xfffe;

type NumberWriter = readonly [bytes: number, write: (buffer: Buffer, value: number) => unknown];
const numbers: Readonly<Record<string, NumberWriter>> = {
  US: [2, (b, value) => b.writeUInt16LE(value)],
  SS: [2, (b, value) => b.writeInt16LE(value)],
  UL: [4, (b, value) => b.writeUInt32LE(value)],
  SL: [4, (b, value) => b.writeInt32LE(value)],
  FL: [4, (b, value) => b.writeFloatLE(value)],
  FD: [8, (b, value) => b.writeDoubleLE(value)],
};

/**
 * A data set in Explicit VR Little Endian, text in UTF-8, tags ascending, sequences and items of defined length: the
 * same attributes give the same bytes. Values are written as they are, since identity attributes are the source's.
 */
export function encodeDataSet(json: DicomJson): Buffer {
  const tags = Object.keys(json).sort();
  return Buffer.concat(tags.map((tag) => encodeElement(tag, json[tag]!)));
}

/** Tag, VR and length of an element (PS3.5 section 7.1.2), without its value. */
export function elementHead(tag: string, vr: string, length: number): Buffer {
  const isLong = longVrs.has(vr);
  if (!isLong && length > shortValueBytesMax)
    throw new AgentError('REPORT_INVALID', `The value of ${tag} has ${length} bytes, too many for ${vr}.`);
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 6);
  return head;
}

/** Tag and length of an item or of its kin in group FFFE, which have no VR. */
export function itemHead(element: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(length, 4);
  return head;
}

function encodeElement(tag: string, element: DicomJsonElement): Buffer {
  const value = encodeValue(tag, element);
  return Buffer.concat([elementHead(tag, element.vr, value.length), value]);
}

function encodeValue(tag: string, { vr, Value: values = [], InlineBinary: binary }: DicomJsonElement): Buffer {
  if (binary !== undefined) return evened(Buffer.from(binary, 'base64'), 0);
  if (vr === 'SQ') return Buffer.concat(values.map((item) => encodeItem(item as DicomJson)));
  const number = numbers[vr];
  if (number) return Buffer.concat(values.map((value) => encodeNumber(Number(value), number)));
  if (vr === 'AT') return Buffer.concat(values.map((value) => encodeTag(String(value))));
  if (values.length > 0 && vr.startsWith('O'))
    throw new AgentError('REPORT_INVALID', `The binary value of ${tag} is not at hand.`);
  return evened(Buffer.from(values.map(textOf).join('\\'), 'utf8'), vr === 'UI' ? 0 : 0x20);
}

function encodeItem(item: DicomJson): Buffer {
  const content = encodeDataSet(item);
  return Buffer.concat([itemHead(0xe000, content.length), content]);
}

function encodeNumber(value: number, [bytes, write]: NumberWriter): Buffer {
  const buffer = Buffer.alloc(bytes);
  write(buffer, value);
  return buffer;
}

function encodeTag(tag: string): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  buffer.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  return buffer;
}

/** One value as text; a person's name with its groups: alphabetic, ideographic, phonetic (PS3.5 section 6.2.1.1). */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const groups = ['Alphabetic', 'Ideographic', 'Phonetic'].map((group) => (value as Record<string, string>)[group]);
  return groups
    .slice(0, groups.findLastIndex((group) => group !== undefined) + 1)
    .map((group) => group ?? '')
    .join('=');
}

function evened(bytes: Buffer, pad: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([pad])]);
}
