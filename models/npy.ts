// The array files of NumPy: a magic, a version, a header length, a Python dict as text, then the numbers
// (NumPy Enhancement Proposal 1). Only little-endian C order is read and written.
const magic = Buffer.from('\x93NUMPY', 'latin1');

/** An array with its shape, outermost first. */
export interface NpyArray<Numbers extends NpyNumbers = NpyNumbers> {
  readonly shape: readonly number[];
  readonly values: Numbers;
}

export type NpyNumbers = Float32Array | Float64Array | BigInt64Array | Uint8Array;

const kinds = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i8': BigInt64Array,
  '|u1': Uint8Array,
} as const;

/** Reads the bytes of an .npy file. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 12 || !view.subarray(0, 6).equals(magic))
    throw new Error('not an .npy file: write it with numpy.save');
  const isFirstVersion = view[6] === 1;
  const start = isFirstVersion ? 10 : 12;
  const end = start + (isFirstVersion ? view.readUInt16LE(8) : view.readUInt32LE(8));
  const header = view.subarray(start, end).toString('latin1');
  const kind = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const sizes = /'shape':\s*\(([\d, ]*)\)/.exec(header)?.[1];
  if (sizes === undefined || !isKind(kind) || !/'fortran_order':\s*False/.test(header)) {
    throw new Error(
      `an .npy file of this kind is not read (${header.trim()}): save float32, float64, int64 or uint8 in C order`,
    );
  }
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const numbers = Uint8Array.from(view.subarray(end)).buffer;
  const count = shape.reduce((product, size) => product * size, 1);
  if (numbers.byteLength !== count * kinds[kind].BYTES_PER_ELEMENT) {
    throw new Error(`an .npy file of shape (${sizes}) holds ${numbers.byteLength} bytes of ${kind}: it is damaged`);
  }
  return { shape, values: new kinds[kind](numbers) };
}

/** The bytes of an .npy file. */
export function formatNpy({ shape, values }: NpyArray): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${kindOf(values)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = Buffer.from(`${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`, 'latin1');
  const front = Buffer.alloc(10);
  magic.copy(front);
  front[6] = 1;
  front.writeUInt16LE(padded.length, 8);
  return Buffer.concat([front, padded, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

function isKind(text: string): text is keyof typeof kinds {
  return Object.hasOwn(kinds, text);
}

function kindOf(values: NpyNumbers): keyof typeof kinds {
  if (values instanceof Float32Array) return '<f4';
  if (values instanceof Float64Array) return '<f8';
  return values instanceof BigInt64Array ? '<i8' : '|u1';
}
