import { AgentError } from '#domain/errors';
import { withFile, type ByteSource } from './byte-source.ts';
import { undefinedLength, type DataSet, type Element } from './elements.ts';
import { readPart10 } from './part10.ts';
import { imageFacts } from './header.ts';
import { valueBytes } from './values.ts';
import { isEncapsulated, type TransferSyntax } from './transfer-syntaxes.ts';
import type { ImageFacts } from '#domain/instance';

interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/** Where one frame lies: its pieces, to be read one behind the other. */
export type FramePlace = readonly Fragment[];

export interface FrameIndex {
  readonly syntax: TransferSyntax;
  readonly frames: readonly FramePlace[];
  /** A frame with more bytes than this is none: a decoder's worst case is twice the pixels, and some header. */
  readonly frameBytesMax: number;
  /** Where big endian words begin: frames are read as little endian, whichever way they lie in the file. */
  readonly bigEndianFrom?: number;
}

/** Longest run of fragments that we look at. */
const fragmentsMax = 100_000;

/** The places of all frames, found without reading their pixels (PS3.5 section 8.2 and annex A.4). */
export function indexFrames(dataSet: DataSet, image: ImageFacts): FrameIndex {
  const { pixelData, syntax, source } = dataSet;
  if (!pixelData) throw undecodable('There is no pixel data.');
  const frameBytesMax = 2 * nativeFrameBytes(image) + 65_536;
  if (!isEncapsulated(syntax)) {
    // OB is a string of bytes; OW is a string of words, even where a sample has 8 bits (PS3.5 section 8.1.1 and annex A.3).
    const isSwapped = syntax.isBigEndian === true && pixelData.vr === 'OW';
    const frames = nativeFrames(source, pixelData, image);
    return { syntax, frames, frameBytesMax, ...(isSwapped && { bigEndianFrom: pixelData.offset }) };
  }
  if (pixelData.length !== undefinedLength) throw undecodable('Its compressed pixel data is not encapsulated.');
  return { syntax, frames: encapsulatedFrames(dataSet, pixelData, image), frameBytesMax };
}

export interface EncodedFrames {
  readonly syntax: TransferSyntax;
  readonly image: ImageFacts;
  readonly frames: readonly Buffer[];
}

/** Reads the stored bytes of some frames, as they are encoded; native words in little endian. Frames are counted from 0. */
export function readEncodedFrames(path: string, frameIndices: readonly number[]): EncodedFrames {
  return withFile(path, (source) => framesIn(source, indexed(source), frameIndices));
}

/** The same for one who reads a few frames at a time: where those of the last file lie is remembered. */
export function createFrameReader(): typeof readEncodedFrames {
  let last: (Indexed & { readonly path: string; readonly size: number }) | undefined;
  return (path, frameIndices) =>
    withFile(path, (source) => {
      if (last?.path === path && last.size === source.size) return framesIn(source, last, frameIndices);
      const found = indexed(source);
      // What was inflated lies in memory, and is not kept there.
      if (!found.inflated) last = { ...found, path, size: source.size };
      return framesIn(source, found, frameIndices);
    });
}

interface Indexed {
  readonly image: ImageFacts;
  readonly index: FrameIndex;
  /** Given, the frames lie there and not in the file. */
  readonly inflated?: ByteSource;
}

function indexed(source: ByteSource): Indexed {
  const dataSet = readPart10(source);
  const image = imageFacts(dataSet);
  if (!image) throw undecodable('It is no image.');
  const index = indexFrames(dataSet, image);
  return { image, index, ...(index.syntax.isDeflated && { inflated: dataSet.source }) };
}

function framesIn(
  source: ByteSource,
  { image, index, inflated = source }: Indexed,
  frameIndices: readonly number[],
): EncodedFrames {
  const frames = frameIndices.map((frame) => readFrame(inflated, index, frame));
  return { syntax: index.syntax, image, frames };
}

export function readFrame(source: ByteSource, index: FrameIndex, frame: number): Buffer {
  const { frames, frameBytesMax, bigEndianFrom } = index;
  const place = frames[frame];
  if (!place) throw undecodable(`There is no frame ${frame + 1}; it has ${frames.length}.`);
  if (place.reduce((sum, { length }) => sum + length, 0) > frameBytesMax)
    throw undecodable(`Frame ${frame + 1} has more bytes than its pixels can need.`);
  if (bigEndianFrom !== undefined) return readSwapped(source, place[0]!, bigEndianFrom);
  const pieces = place.map(({ offset, length }) => owned(source.read(offset, length)));
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** Decoders may write into what they are given: a part of something larger is copied. */
function owned(bytes: Buffer): Buffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Buffer.from(bytes);
}

/** A frame may begin and end within a word. */
function readSwapped(source: ByteSource, { offset, length }: Fragment, wordsFrom: number): Buffer {
  const before = (offset - wordsFrom) % 2;
  const bytes = before + length + ((before + length) % 2);
  return Buffer.from(source.read(offset - before, bytes))
    .swap16()
    .subarray(before, before + length);
}

function nativeFrames(source: ByteSource, pixelData: Element, image: ImageFacts): FramePlace[] {
  const length = nativeFrameBytes(image);
  if (length === 0) throw undecodable('Its frames have no bytes.');
  const available = Math.min(pixelData.length, source.size - pixelData.offset);
  if (available < length * image.frames)
    throw undecodable(`Its pixel data has ${available} bytes where ${length * image.frames} are needed.`);
  return Array.from({ length: image.frames }, (_, frame) => [{ offset: pixelData.offset + frame * length, length }]);
}

/** Bytes of one uncompressed frame; YBR_FULL_422 and YBR_PARTIAL_420 share their colours among pixels (PS3.3 section C.7.6.3.1.2). */
export function nativeFrameBytes({
  rows,
  columns,
  samplesPerPixel,
  bitsAllocated,
  photometricInterpretation,
}: ImageFacts): number {
  const samples = rows * columns * samplesPerPixel;
  const shared = photometricInterpretation.endsWith('_422')
    ? 2 / 3
    : photometricInterpretation.endsWith('_420')
      ? 1 / 2
      : 1;
  return Math.ceil((samples * shared * bitsAllocated) / 8);
}

function encapsulatedFrames(dataSet: DataSet, pixelData: Element, image: ImageFacts): FramePlace[] {
  const { table, fragments } = readFragments(dataSet.source, pixelData.offset);
  if (fragments.length === 0) throw undecodable('Its pixel data has no fragments.');
  if (fragments.length === image.frames) return fragments.map((fragment) => [fragment]);
  if (image.frames === 1) return [fragments];
  const tables = [table, extendedOffsetTable(dataSet)];
  const starts = tables.find(({ length }) => length === image.frames) ?? startsByMarkers(dataSet, fragments);
  if (starts.length !== image.frames) {
    throw undecodable(`It has ${image.frames} frames in ${fragments.length} fragments, and no usable offset table.`);
  }
  return grouped(fragments, starts);
}

/** Fragments by the frame that they belong to; a frame begins where a fragment does. */
function grouped(fragments: readonly Fragment[], starts: readonly number[]): FramePlace[] {
  const first = fragments[0]!.offset;
  let at = 0;
  return starts.map((start, frame) => {
    const from = at;
    const end = starts[frame + 1] ?? Number.POSITIVE_INFINITY;
    while (at < fragments.length && fragments[at]!.offset - first < end) at += 1;
    if (at === from || fragments[from]!.offset - first !== start)
      throw undecodable('Its offset table points beside the fragments.');
    return fragments.slice(from, at);
  });
}

function readFragments(source: ByteSource, start: number): { table: number[]; fragments: Fragment[] } {
  const fragments: Fragment[] = [];
  let table: number[] | undefined;
  for (let at = start; at + 8 <= source.size && fragments.length < fragmentsMax;) {
    const head = source.read(at, 8);
    const [group, element, length] = [head.readUInt16LE(0), head.readUInt16LE(2), head.readUInt32LE(4)];
    if (group !== 0xfffe || element !== 0xe000) break; // the sequence delimiter, or the end of what makes sense
    const offset = at + 8;
    if (offset + length > source.size) throw undecodable('Its last fragment is cut off.');
    if (table) fragments.push({ offset, length });
    else table = offsetTable(source.read(offset, length));
    at = offset + length;
  }
  return { table: table ?? [], fragments };
}

function offsetTable(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readUInt32LE(4 * index));
}

/** Extended Offset Table (7FE0,0001), for pixel data beyond 4 GB (PS3.3 section C.7.6.3.1.8). */
function extendedOffsetTable(dataSet: DataSet): number[] {
  const element = dataSet.elements.find(({ tag }) => tag === '7FE00001');
  if (!element) return [];
  const bytes = valueBytes(dataSet, element);
  return Array.from({ length: bytes.length >> 3 }, (_, index) => Number(bytes.readBigUInt64LE(8 * index)));
}

/** Without an offset table a frame begins where a fragment begins with the codec's first marker. */
function startsByMarkers({ source }: DataSet, fragments: readonly Fragment[]): number[] {
  const first = fragments[0]!.offset;
  const begins = ({ offset, length }: Fragment): boolean => {
    if (length < 4) return false;
    const head = source.read(offset, 4);
    const isJpeg = head[0] === 0xff && head[1] === 0xd8;
    const isJpeg2000 = head.readUInt32BE(0) === 0xff4fff51;
    return isJpeg || isJpeg2000;
  };
  return fragments.filter(begins).map(({ offset }) => offset - first);
}

function undecodable(detail: string): AgentError {
  return new AgentError('PIXELS_UNDECODABLE', detail);
}
