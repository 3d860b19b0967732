import { AgentError } from '#domain/errors';
import type { ByteSource } from './byte-source.ts';
import { entryOfTag } from './dictionary.ts';
import type { TransferSyntax } from './transfer-syntaxes.ts';

/** One data element as it stands in the bytes (PS3.5 section 7.1). */
export interface Element {
  /** Group and element as eight hexadecimal digits, such as `00100010`. */
  readonly tag: string;
  readonly vr: string;
  /** Offset of the value, and its length; `undefinedLength` for what is delimited. */
  readonly offset: number;
  readonly length: number;
  /** The items of a sequence. */
  readonly items?: readonly (readonly Element[])[];
}

export interface DataSet {
  readonly elements: readonly Element[];
  /** The pixel data element, where there is one; nothing after it is read. */
  readonly pixelData?: Element;
  readonly source: ByteSource;
  readonly syntax: TransferSyntax;
}

export const undefinedLength = 0xffffffff;

/** Bounds for what a sender can make large. */
const depthMax = 32;
const elementsMax = 200_000;

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const knownVrs = new Set([...longVrs, ...'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ')]);
const pixelRepresentation = '00280103';
const pixelTags = new Set(['7FE00008', '7FE00009', '7FE00010']);
const [itemTag, itemEnd, sequenceEnd] = ['FFFEE000', 'FFFEE00D', 'FFFEE0DD'] as const;

/** Walks a data set from `start` up to its pixel data. Throws OBJECT_UNREADABLE where the bytes make no sense. */
export function readDataSet(source: ByteSource, start: number, syntax: TransferSyntax): DataSet {
  const walker = new Walker(source, syntax);
  const elements = walker.elements(start, source.size, 0);
  const last = elements.at(-1);
  if (!last || !pixelTags.has(last.tag)) return { elements, source, syntax };
  return { elements: elements.slice(0, -1), pixelData: last, source, syntax };
}

class Walker {
  readonly #source: ByteSource;
  readonly #syntax: TransferSyntax;
  #count = 0;
  /** Where the walk stands. */
  #at = 0;
  /** Pixel Representation, which decides on what is US or SS (PS3.5 annex A.1). */
  #isSigned = false;

  constructor(source: ByteSource, syntax: TransferSyntax) {
    this.#source = source;
    this.#syntax = syntax;
  }

  /** Elements from `start` to `end`, or to an item's delimiter. */
  elements(start: number, end: number, depth: number, implicit = this.#syntax.isImplicit === true): Element[] {
    if (depth > depthMax) throw unreadable(`sequences nested deeper than ${depthMax}`);
    const found: Element[] = [];
    this.#at = start;
    while (this.#at < end && end - this.#at >= 8) {
      const element = this.#element(depth, implicit);
      if (element.tag === itemEnd || element.tag === sequenceEnd) return found;
      found.push(element);
      if (depth === 0 && pixelTags.has(element.tag)) return found;
    }
    this.#at = Math.max(this.#at, Math.min(end, this.#source.size));
    return found;
  }

  #element(depth: number, implicit: boolean): Element {
    if (++this.#count > elementsMax) throw unreadable(`more than ${elementsMax} elements`);
    const { tag, vr, length } = this.#header(implicit);
    const offset = this.#at;
    if (tag === itemEnd || tag === sequenceEnd) return { tag, vr, offset, length: 0 };
    if (depth === 0 && pixelTags.has(tag)) return { tag, vr, offset, length };
    if (vr === 'SQ' || (length === undefinedLength && (vr === 'UN' || implicit))) {
      // A sequence of unknown VR is encoded implicitly (PS3.5 section 6.2.2).
      const items = this.#items(offset, length, { depth: depth + 1, implicit: implicit || vr === 'UN' });
      return { tag, vr: 'SQ', offset, length, items };
    }
    if (length === undefinedLength) throw unreadable(`element ${tag} of VR ${vr} has no length`);
    if (offset + length > this.#source.size)
      throw unreadable(`element ${tag} claims ${length} bytes and the object ends before`);
    if (tag === pixelRepresentation && length === 2) this.#isSigned = this.#isNonZero(offset);
    this.#at = offset + length;
    return { tag, vr, offset, length };
  }

  #isNonZero(offset: number): boolean {
    return this.#source.read(offset, 2).some((byte) => byte !== 0);
  }

  #items(start: number, length: number, { depth, implicit }: { depth: number; implicit: boolean }): Element[][] {
    const end = length === undefinedLength ? this.#source.size : start + length;
    if (end > this.#source.size) throw unreadable('a sequence is longer than the object');
    const items: Element[][] = [];
    this.#at = start;
    while (this.#at < end && end - this.#at >= 8) {
      const { tag, length: itemLength } = this.#header(true);
      if (tag === sequenceEnd) return items;
      if (tag !== itemTag) throw unreadable(`${tag} stands where an item should`);
      const itemStart = this.#at;
      const itemStop = itemLength === undefinedLength ? this.#source.size : itemStart + itemLength;
      if (itemStop > this.#source.size) throw unreadable('an item is longer than the object');
      items.push(this.elements(itemStart, itemStop, depth, implicit));
    }
    return items;
  }

  /** Tag, VR and length at the present place (PS3.5 section 7.1.2 and 7.1.3). */
  #header(implicit: boolean): { tag: string; vr: string; length: number } {
    const big = this.#syntax.isBigEndian === true;
    const bytes = this.#source.read(this.#at, 8);
    const u16 = (at: number): number => (big ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
    const u32 = (from: Buffer, at: number): number => (big ? from.readUInt32BE(at) : from.readUInt32LE(at));
    const tag = hex(u16(0)) + hex(u16(2));
    if (implicit || tag.startsWith('FFFE')) {
      this.#at += 8;
      return { tag, vr: vrOf(tag, this.#isSigned), length: u32(bytes, 4) };
    }
    const vr = bytes.toString('latin1', 4, 6);
    if (!knownVrs.has(vr)) throw unreadable(`element ${tag} has no known VR`);
    if (!longVrs.has(vr)) {
      this.#at += 8;
      return { tag, vr, length: u16(6) };
    }
    const length = u32(this.#source.read(this.#at + 8, 4), 0);
    this.#at += 12;
    return { tag, vr, length };
  }
}

/** The VR of a tag in the data dictionary (PS3.6), for implicit VR. */
function vrOf(tag: string, isSigned: boolean): string {
  if (Number.parseInt(tag.slice(0, 4), 16) % 2 === 1)
    return tag.endsWith('0000') ? 'UL' : tag.startsWith('00', 4) ? 'LO' : 'UN';
  if (tag.endsWith('0000')) return 'UL';
  const vr = entryOfTag(tag)?.vr ?? 'UN';
  if (vr === 'ox' || vr === 'lt') return 'OW'; // OB or OW; LUT data are US or OW
  if (vr === 'xs') return isSigned ? 'SS' : 'US';
  return knownVrs.has(vr) ? vr : 'UN';
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function unreadable(detail: string): AgentError {
  return new AgentError('OBJECT_UNREADABLE', `${detail[0]!.toUpperCase()}${detail.slice(1)}.`);
}
