import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { cropAndScale, cropBox, roundHalfEven } from '#image/crop-and-scale';
import { parseNpy } from '#models/npy';
import { sharedPath, testWith } from '#test/support/peers';

for (const size of ['480x640', '240x321']) {
  testWith(
    [`shared:reference/preprocess/crop_scale_${size}`],
    `a frame of ${size} becomes the authors' input, at most one grey level off`,
    () => {
      const read = (name: string) =>
        parseNpy(readFileSync(sharedPath('reference', 'preprocess', `crop_scale_${size}`, name)));
      const [input, output] = [read('input.npy'), read('output.npy')];
      const [height, width, channels = 1] = input.shape as [number, number, number?];
      const image = { data: input.values as Uint8Array, width, height, channels };
      const ours = cropAndScale(image, cropBox(width, height), 224);
      const differences = Array.from(ours, (value, index) => Math.abs(value - Number(output.values[index])));
      expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(1);
      expect(differences.filter((difference) => difference > 0).length / ours.length).toBeLessThan(0.001);
    },
  );
}

testWith(
  ['shared:reference/preprocess/crop_scale_cases.json'],
  'the crop is the authors’ for every recorded size',
  () => {
    const cases = JSON.parse(readFileSync(sharedPath('reference', 'preprocess', 'crop_scale_cases.json'), 'utf8')) as {
      h: number;
      w: number;
      crop_shape?: [number, number];
    }[];
    for (const { h, w, crop_shape } of cases) {
      if (!crop_shape) continue; // the authors' code failed on this size
      const [height, width] = crop_shape;
      const box = cropBox(w, h);
      expect([w, h, box.x1 - box.x0, box.y1 - box.y0]).toEqual([w, h, width, height]);
    }
  },
);

test.each([
  [600, 601],
  [601, 600],
  [8, 8],
  [9, 300],
  [1, 1],
])('sizes on which the authors’ code fails work: %d × %d', (width, height) => {
  const data = new Uint8Array(width * height * 3).fill(77);
  const scaled = cropAndScale({ data, width, height, channels: 3 }, cropBox(width, height), 16);
  expect(new Set(scaled)).toEqual(new Set([77]));
});

test('halves go to the even neighbour', () => {
  expect([0.5, 1.5, 2.5, -1.5, 2.4].map(roundHalfEven)).toEqual([0, 2, 2, -2, 2]);
});
