// Cubic convolution as PyTorch interpolates (mode bicubic, align_corners False): A = -0.75, borders repeated.
const a = -0.75;

/** A square map made larger, bicubically. */
export function enlarge(map: Float32Array, from: number, to: number): Float32Array {
  const taps = tapsOf(from, to);
  const wide = new Float32Array(from * to);
  for (let row = 0; row < from; row++) {
    for (const [x, tap] of taps.entries()) {
      wide[row * to + x] = tap.reduce((sum, { at, weight }) => sum + weight * map[row * from + at]!, 0);
    }
  }
  const large = new Float32Array(to * to);
  for (const [y, tap] of taps.entries()) {
    for (let x = 0; x < to; x++) {
      large[y * to + x] = tap.reduce((sum, { at, weight }) => sum + weight * wide[at * to + x]!, 0);
    }
  }
  return large;
}

interface Tap {
  readonly at: number;
  readonly weight: number;
}

function tapsOf(from: number, to: number): readonly (readonly Tap[])[] {
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * (from / to) - 0.5;
    const first = Math.floor(centre) - 1;
    return [0, 1, 2, 3].map((step) => ({
      at: Math.min(from - 1, Math.max(0, first + step)),
      weight: cubic(Math.abs(centre - (first + step))),
    }));
  });
}

function cubic(distance: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  return ((distance - 5) * distance + 8) * distance * a - 4 * a;
}
