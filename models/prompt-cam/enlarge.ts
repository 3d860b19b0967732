import { lineMap, type LineMap } from './line-map.ts';

// Cubic convolution as PyTorch interpolates (mode bicubic, align_corners False): A = -0.75, borders repeated.
const a = -0.75;

/** Makes a line longer, as bicubic interpolation does along each axis. */
export function enlargement(from: number, to: number): LineMap {
  return lineMap(from, to, (given, add) => {
    const centre = (given + 0.5) * (from / to) - 0.5;
    const first = Math.floor(centre) - 1;
    for (let at = first; at < first + 4; at++) add(Math.min(from - 1, Math.max(0, at)), cubic(Math.abs(centre - at)));
  });
}

function cubic(distance: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  return ((distance - 5) * distance + 8) * distance * a - 4 * a;
}
