import { describe, expect, test } from '@jest/globals';
import { formatNpy, parseNpy, type NpyArray } from '#models/npy';

describe('arrays of NumPy come back as they went', () => {
  const arrays: readonly NpyArray[] = [
    { shape: [], values: Float32Array.of(1.5) },
    { shape: [3], values: Uint8Array.of(1, 2, 255) },
    { shape: [2, 1], values: BigInt64Array.of(-1n, 2n ** 40n) },
    { shape: [0, 4], values: new Float64Array(0) },
  ];
  for (const array of arrays)
    test(`of shape (${array.shape.join(', ')})`, () => expect(parseNpy(formatNpy(array))).toEqual(array));
});

test('the header is a Python dict, padded so that the numbers begin at a multiple of 64', () => {
  const bytes = Buffer.from(formatNpy({ shape: [5], values: new Float32Array(5) }));
  expect(bytes.subarray(10, 70).toString('latin1')).toMatch(
    /^{'descr': '<f4', 'fortran_order': False, 'shape': \(5,\), }/,
  );
  expect((bytes.length - 20) % 64).toBe(0);
});

describe('what is no array of these kinds is refused', () => {
  const good = Buffer.from(formatNpy({ shape: [2], values: Float32Array.of(1, 2) }));
  const changed = (from: string, to: string): Buffer =>
    Buffer.from(good.toString('latin1').replace(from, to), 'latin1');
  const files: readonly (readonly [string, Buffer, RegExp])[] = [
    ['another file', Buffer.from('PNG or whatever'), /not an .npy file/],
    ['an empty file', Buffer.alloc(0), /not an .npy file/],
    ['Fortran order', changed('False', 'True '), /C order/],
    ['big-endian numbers', changed('<f4', '>f4'), /C order/],
    ['Python objects', changed('<f4', '|O '), /C order/],
    ['fewer numbers than its shape', good.subarray(0, -4), /damaged/],
  ];
  for (const [what, bytes, message] of files) test(what, () => expect(() => parseNpy(bytes)).toThrow(message));
});
