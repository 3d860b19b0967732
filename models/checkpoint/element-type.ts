/** How a checkpoint stores one number. */
export type ElementType =
  'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

export const bytesPerElement: Readonly<Record<ElementType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** The numbers in little-endian bytes, as float32 (64-bit types lose what float32 cannot hold). */
export function toFloat32(bytes: Uint8Array, type: ElementType): Float32Array {
  const aligned = bytes.byteOffset % bytesPerElement[type] === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset } = aligned;
  const count = Math.floor(aligned.byteLength / bytesPerElement[type]);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case 'float16':
      return new Float32Array(new Float16Array(buffer as ArrayBuffer, byteOffset, count));
    case 'bfloat16':
      return widenBfloat16(new Uint16Array(buffer, byteOffset, count));
    case 'int64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'int32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case 'int16':
      return Float32Array.from(new Int16Array(buffer, byteOffset, count));
    case 'int8':
      return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    case 'uint8':
    case 'bool':
      return Float32Array.from(aligned);
  }
}

// bfloat16 is the upper half of a float32.
function widenBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) words[index] = halves[index]! << 16;
  return new Float32Array(words.buffer);
}
