import { headBytes, judgedLength, pduTypes, ProtocolViolation, type Pdu, type Pdv } from './pdu.ts';

/** A whole protocol data unit; or a piece of a value of a P-DATA-TF unit, as it came. */
export type Unit =
  | ({ readonly kind: 'pdu' } & Pdu)
  | {
      readonly kind: 'value';
      readonly pdv: Pdv;
      /** True for the last piece of its unit. */
      readonly endsUnit: boolean;
    };

/**
 * Units out of bytes as they come. A long value is handed on in the pieces in which it came, each as a value of its own that
 * is the last only where its value's last byte is in it: the same message in other fragments, and nothing is copied. So a
 * piece is to be used up before the next bytes are added.
 */
export class UnitReader {
  readonly #lengthMax: (type: number) => number;
  readonly #inlet = new Inlet();
  #unit: { readonly type: number; left: number } | undefined;
  #value: ValueHead | undefined;

  constructor(lengthMax: (type: number) => number) {
    this.#lengthMax = lengthMax;
  }

  /** The units that these bytes complete, or continue. What is left of them is copied, since their memory is used again. */
  *units(chunk: Buffer): Generator<Unit, void, void> {
    this.#inlet.add(chunk);
    for (let unit = this.#next(); unit; unit = this.#next()) yield unit;
    this.#inlet.keep();
  }

  /** Undefined until more has come. */
  #next(): Unit | undefined {
    const unit = (this.#unit ??= this.#readHead());
    if (!unit) return undefined;
    if (unit.type !== pduTypes.data || (unit.left === 0 && !this.#value)) return this.#whole(unit);
    const value = (this.#value ??= this.#readValueHead(unit));
    return value && this.#piece(unit, value);
  }

  #readHead() {
    if (this.#inlet.bytes < headBytes) return undefined;
    const head = this.#inlet.take(headBytes);
    return { type: head[0]!, left: judgedLength(head, this.#lengthMax) };
  }

  #whole({ type, left }: { type: number; left: number }): Unit | undefined {
    if (this.#inlet.bytes < left) return undefined;
    this.#unit = undefined;
    return { kind: 'pdu', type, body: this.#inlet.take(left) };
  }

  #readValueHead(unit: { left: number }): ValueHead | undefined {
    const bytes = Math.min(valueHeadBytes, unit.left);
    if (this.#inlet.bytes < bytes) return undefined;
    const value = readValueHead(this.#inlet.take(bytes), unit.left);
    unit.left -= valueHeadBytes;
    return value;
  }

  #piece(unit: { left: number }, head: ValueHead): Unit | undefined {
    if (head.left > 0 && this.#inlet.bytes === 0) return undefined;
    const value = this.#inlet.some(head.left);
    head.left -= value.length;
    unit.left -= value.length;
    const { contextId, isCommand, left } = head;
    const endsUnit = unit.left === 0;
    if (left === 0) this.#value = undefined;
    if (endsUnit) this.#unit = undefined;
    return { kind: 'value', pdv: { contextId, isCommand, isLast: head.isLast && left === 0, value }, endsUnit };
  }
}

type ValueHead = Omit<Pdv, 'value'> & { left: number };

/** Length, context ID and message control header (PS3.8 annex E.2). */
const valueHeadBytes = 6;

function readValueHead(head: Buffer, unitLeft: number): ValueHead {
  const length = head.length === valueHeadBytes ? head.readUInt32BE(0) : 0;
  if (length < 2 || 4 + length > unitLeft) throw new ProtocolViolation('A PDV has no possible length.');
  const control = head[5]!;
  return { contextId: head[4]!, isCommand: (control & 1) !== 0, isLast: (control & 2) !== 0, left: length - 2 };
}

/** Bytes that have come and were not taken yet. */
class Inlet {
  #chunks: Buffer[] = [];
  bytes = 0;

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** Takes a copy of what is left of the last chunk. */
  keep(): void {
    const last = this.#chunks.pop();
    if (last) this.#chunks.push(Buffer.from(last));
  }

  /** Exactly so many, which must be there. */
  take(length: number): Buffer {
    if (length <= (this.#chunks[0]?.length ?? 0)) return this.some(length);
    const all = Buffer.concat(this.#chunks, this.bytes);
    this.#chunks = length < all.length ? [all.subarray(length)] : [];
    this.bytes -= length;
    return all.subarray(0, length);
  }

  /** What is there without copying, at most so many. */
  some(lengthMax: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    const taken = first.subarray(0, lengthMax);
    this.bytes -= taken.length;
    if (taken.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(taken.length);
    return taken;
  }
}
