// The wire format of Protocol Buffers, as far as ONNX needs it: a field is a key (number and wire type) and a value.
const varintType = 0;
const lengthType = 2;
const floatType = 5;

/** A base-128 varint; negative numbers take ten bytes, as in two's complement of 64 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const key = (field: number, type: number): Buffer => varint(field * 8 + type);

export const integerField = (field: number, value: number): Buffer =>
  Buffer.concat([key(field, varintType), varint(value)]);

/** The key and the length of a field whose bytes follow elsewhere. */
export const openField = (field: number, length: number): Buffer =>
  Buffer.concat([key(field, lengthType), varint(length)]);

export const bytesField = (field: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([openField(field, bytes.byteLength), bytes]);

export const textField = (field: number, text: string): Buffer => bytesField(field, Buffer.from(text, 'utf8'));

/** A field whose value is a message made of these fields. */
export const messageField = (field: number, parts: readonly Uint8Array[]): Buffer =>
  bytesField(field, Buffer.concat(parts));

export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, floatType), bytes]);
}
