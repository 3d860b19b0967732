import { CheckpointError } from './checkpoint-error.ts';

const lineBytesMax = 1000;
const integerBytesMax = 16;

/** The operands of a pickle, taken one after another; the end of the bytes is a named fault. */
export class PickleBytes {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  take(count: number): Buffer {
    const start = this.#position;
    if (count > this.#bytes.length - start) throw endsTooSoon();
    this.#position += count;
    return this.#bytes.subarray(start, start + count);
  }

  uint8(): number {
    return this.take(1)[0]!;
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  float64(): number {
    return this.take(8).readDoubleBE();
  }

  text(count: number): string {
    return this.take(count).toString('utf8');
  }

  /** A little-endian two's complement integer: a number where it is safe, else a bigint. */
  integer(count: number): number | bigint {
    if (count > integerBytesMax)
      throw new CheckpointError("The checkpoint's pickle holds an integer of absurd size: download it again.");
    const digits = [...this.take(count)].toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
    const value = BigInt.asIntN(count * 8, BigInt(`0x0${digits.join('')}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  line(): string {
    const end = this.#bytes.subarray(this.#position, this.#position + lineBytesMax).indexOf(0x0a);
    if (end < 0) throw endsTooSoon();
    const line = this.text(end);
    this.take(1);
    return line;
  }
}

function endsTooSoon(): CheckpointError {
  return new CheckpointError(
    "The checkpoint's pickle ends too soon: the file is cut short or damaged; download it again.",
  );
}
