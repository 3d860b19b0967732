import { AgentError } from '#domain/errors';
import type { DataSet, Element } from '#dicom/elements';
import { valueBytes } from '#dicom/values';

/** Palette Color Lookup Tables as 8-bit colours (PS3.3 section C.7.9). */
export interface Palette {
  readonly firstValue: number;
  readonly red: Uint8Array;
  readonly green: Uint8Array;
  readonly blue: Uint8Array;
}

export function readPalette(dataSet: DataSet): Palette {
  const [red, green, blue] = (['1', '2', '3'] as const).map((channel) => readTable(dataSet, channel));
  return { firstValue: red!.firstValue, red: red!.table, green: green!.table, blue: blue!.table };
}

function readTable(dataSet: DataSet, channel: '1' | '2' | '3'): { firstValue: number; table: Uint8Array } {
  const descriptor = words(dataSet, find(dataSet, `0028110${channel}`));
  const entries = descriptor[0] === 0 ? 65536 : descriptor[0]!;
  const plain = dataSet.elements.find(({ tag }) => tag === `0028120${channel}`);
  if (plain && plain.length < entries * 2)
    return { firstValue: descriptor[1]!, table: new Uint8Array(valueBytes(dataSet, plain)) };
  const values = plain ? words(dataSet, plain) : expand(words(dataSet, find(dataSet, `0028122${channel}`)), entries);
  // Some scanners announce 16 bits and write 8-bit values.
  const shift = values.some((value) => value > 255) ? 8 : 0;
  return { firstValue: descriptor[1]!, table: Uint8Array.from(values, (value) => value >> shift) };
}

/** Segmented tables (PS3.3 section C.7.9.2): discrete, linear and indirect segments. */
function expand(segments: Uint16Array, entries: number): Uint16Array {
  const values: number[] = [];
  const segment = (at: number, mayRefer: boolean): number => {
    if (values.length > entries) throw new AgentError('PIXELS_UNDECODABLE', 'A segmented palette is too long.');
    const [opcode, count] = [segments[at]!, segments[at + 1]!];
    if (opcode === 0) {
      values.push(...segments.subarray(at + 2, at + 2 + count));
      return at + 2 + count;
    }
    if (opcode === 1) {
      const [from, to] = [values.at(-1) ?? 0, segments[at + 2]!];
      for (let step = 1; step <= count; step++) values.push(Math.round(from + ((to - from) * step) / count));
      return at + 3;
    }
    if (opcode !== 2 || !mayRefer) throw new AgentError('PIXELS_UNDECODABLE', 'A segmented palette is damaged.');
    let place = (segments[at + 2]! + 65536 * segments[at + 3]!) / 2;
    for (let copied = 0; copied < count; copied++) place = segment(place, false);
    return at + 4;
  };
  for (let at = 0; at + 1 < segments.length && values.length < entries;) at = segment(at, true);
  return Uint16Array.from(values);
}

function find(dataSet: DataSet, tag: string): Element {
  const element = dataSet.elements.find((candidate) => candidate.tag === tag);
  if (!element) throw new AgentError('PIXELS_UNDECODABLE', `The palette lacks element ${tag}.`);
  return element;
}

function words(dataSet: DataSet, element: Element): Uint16Array {
  const bytes = valueBytes(dataSet, element);
  const big = dataSet.syntax.isBigEndian === true;
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, index) =>
    big ? bytes.readUInt16BE(2 * index) : bytes.readUInt16LE(2 * index),
  );
}
