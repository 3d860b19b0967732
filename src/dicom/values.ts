import { AgentError } from '#domain/errors';
import type { DicomJson, DicomJsonElement } from '#domain/instance';
import { textDecoding, type TextDecoding } from './character-sets.ts';
import type { DataSet, Element } from './elements.ts';

/** Binary values up to this size travel in the JSON model; longer ones are left out. */
const inlineBytesMax = 1024;
/** So do other values up to this size: a longer one is no text for people, and no list of numbers for us. */
const valueBytesMax = 2 ** 20;
/** A binary value that is longer than this is none that anybody asks for. */
const bulkBytesMax = 64 * 2 ** 20;
const binaryVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW']);
/** A header that holds more than this in all is an attack. */
const headerBytesMax = 64 * 2 ** 20;
const textVrs = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
const singleVrs = new Set(['LT', 'ST', 'UT', 'UR']);
const stringVrs = new Set([...textVrs, 'AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI', 'UR']);

type Reader = readonly [bytes: number, read: (buffer: Buffer, at: number, big: boolean) => number];
const numbers: Readonly<Record<string, Reader>> = {
  US: [2, (b, at, big) => (big ? b.readUInt16BE(at) : b.readUInt16LE(at))],
  SS: [2, (b, at, big) => (big ? b.readInt16BE(at) : b.readInt16LE(at))],
  UL: [4, (b, at, big) => (big ? b.readUInt32BE(at) : b.readUInt32LE(at))],
  SL: [4, (b, at, big) => (big ? b.readInt32BE(at) : b.readInt32LE(at))],
  FL: [4, (b, at, big) => (big ? b.readFloatBE(at) : b.readFloatLE(at))],
  FD: [8, (b, at, big) => (big ? b.readDoubleBE(at) : b.readDoubleLE(at))],
};

/**
 * The data set as DICOM JSON (PS3.18 annex F), its text in Unicode. Private and group length elements are left out; a long
 * binary value is named by a BulkDataURI, relative to the instance's own address.
 */
export function toDicomJson(dataSet: DataSet): DicomJson {
  if (shownBytes(dataSet.elements) > headerBytesMax)
    throw new AgentError('OBJECT_UNREADABLE', `Its header holds more than ${headerBytesMax} bytes.`);
  const json = itemJson(dataSet, dataSet.elements, textDecoding([]));
  const long = dataSet.elements.filter((element) => element.tag in json && isLongBinary(element));
  const named = long.map(({ tag, vr }) => [tag, { vr, BulkDataURI: `bulkdata/${tag}` }] as const);
  return { ...json, ...Object.fromEntries(named) };
}

/** The bytes of a long binary value, in little endian; undefined where the data set has no such element. */
export function bulkValue(dataSet: DataSet, tag: string): Buffer | undefined {
  const element = dataSet.elements.find((candidate) => candidate.tag === tag && isLongBinary(candidate));
  if (!element) return undefined;
  return littleEndian(element.vr, valueBytes(dataSet, element), dataSet.syntax.isBigEndian === true);
}

function isLongBinary({ tag, vr, length }: Element): boolean {
  return isPublic(tag) && binaryVrs.has(vr) && length > inlineBytesMax && length <= bulkBytesMax;
}

function isPublic(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 0 && !tag.endsWith('0000');
}

function shownBytes(elements: readonly Element[]): number {
  return elements.reduce(
    (sum, { length, items }) =>
      sum + (items ? items.reduce((all, item) => all + shownBytes(item), 0) : length > valueBytesMax ? 0 : length),
    0,
  );
}

/** The bytes of an element's value. */
export function valueBytes({ source }: DataSet, { offset, length }: Element): Buffer {
  return source.read(offset, length);
}

function itemJson(dataSet: DataSet, elements: readonly Element[], inherited: TextDecoding): DicomJson {
  const decode = decodingOf(dataSet, elements) ?? inherited;
  const shown = elements.filter(({ tag }) => isPublic(tag));
  return Object.fromEntries(shown.map((element) => [element.tag, elementJson(dataSet, element, decode)]));
}

function decodingOf(dataSet: DataSet, elements: readonly Element[]): TextDecoding | undefined {
  const element = elements.find(({ tag }) => tag === '00080005');
  if (!element) return undefined;
  return textDecoding(
    valueBytes(dataSet, element)
      .toString('latin1')
      .split('\\')
      .map((term) => term.replace(/[\0 ]+$/, '').trim()),
  );
}

function elementJson(dataSet: DataSet, element: Element, decode: TextDecoding): DicomJsonElement {
  const { vr, items } = element;
  if (items)
    return withValues(
      'SQ',
      items.map((item) => itemJson(dataSet, item, decode)),
    );
  if (element.length > valueBytesMax) return { vr };
  const bytes = valueBytes(dataSet, element);
  if (element.tag === '00080005') return { vr: 'CS', Value: ['ISO_IR 192'] }; // what the JSON is written in
  if (stringVrs.has(vr)) return withValues(vr, strings(element, bytes, decode));
  if (vr === 'AT') return withValues(vr, attributeTags(bytes, dataSet.syntax.isBigEndian === true));
  const number = numbers[vr];
  if (number) return withValues(vr, readNumbers(bytes, number, dataSet.syntax.isBigEndian === true));
  if (bytes.length === 0 || bytes.length > inlineBytesMax) return { vr };
  return { vr, InlineBinary: littleEndian(vr, bytes, dataSet.syntax.isBigEndian === true).toString('base64') };
}

/** Inline binary is little endian, whatever the object is (PS3.18 section F.2.7). */
function littleEndian(vr: string, bytes: Buffer, big: boolean): Buffer {
  const width = big ? (wordBytes[vr] ?? 1) : 1;
  if (width === 1 || bytes.length % width !== 0) return bytes;
  const copy = Buffer.from(bytes);
  return width === 2 ? copy.swap16() : width === 4 ? copy.swap32() : copy.swap64();
}

const wordBytes: Readonly<Record<string, 2 | 4 | 8>> = { OW: 2, OL: 4, OF: 4, OD: 8, OV: 8, SV: 8, UV: 8 };

function withValues(vr: string, values: readonly unknown[]): DicomJsonElement {
  return values.length > 0 ? { vr, Value: values } : { vr };
}

function strings({ vr, tag }: Element, bytes: Buffer, decode: TextDecoding): unknown[] {
  const text = (textVrs.has(vr) ? decode(bytes) : bytes.toString('latin1')).replace(/[\0 ]+$/, '');
  if (text === '') return [];
  if (singleVrs.has(vr)) return [text];
  return text.split('\\').map((part) => oneString(vr, part.replace(/[\0 ]+$/, ''), tag));
}

function oneString(vr: string, text: string, tag: string): unknown {
  if (vr === 'PN') return personName(text);
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (vr === 'DS' || vr === 'IS') return numberOf(trimmed, tag);
  return trimmed;
}

/** A patient's number stays text where it would not be written the same again: our results repeat it to the letter (PS3.18 section F.2.3 allows both). */
function numberOf(text: string, tag: string): number | string {
  const value = Number(text);
  const isKeptAsText = tag.startsWith('0010') && String(value) !== text;
  return Number.isFinite(value) && !isKeptAsText ? value : text;
}

/** Person name as its component groups (PS3.18 section F.2.2); a last group that is there and empty stays, for the same reason. */
function personName(text: string): unknown {
  const groups = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;
  const parts = text.split('=');
  const isNamed = (index: number) => parts[index] !== '' || index === parts.length - 1;
  const named = groups
    .slice(0, parts.length)
    .flatMap((group, index) => (isNamed(index) ? [[group, parts[index]!.trim()]] : []));
  return parts.some((part) => part.trim() !== '') ? Object.fromEntries(named) : null;
}

function attributeTags(bytes: Buffer, big: boolean): string[] {
  const words = readNumbers(bytes, numbers['US']!, big).map((word) => word.toString(16).toUpperCase().padStart(4, '0'));
  return Array.from({ length: words.length >> 1 }, (_, index) => words[2 * index]! + words[2 * index + 1]!);
}

function readNumbers(bytes: Buffer, [width, read]: Reader, big: boolean): number[] {
  return Array.from({ length: Math.trunc(bytes.length / width) }, (_, index) => read(bytes, index * width, big));
}
