import { lineMap, type LineMap } from './line-map.ts';

// A map is smoothed as the authors of EchoCLIP show theirs: by this share of its side.
const sigmaShare = 0.02;

/** The standard deviation of the smoothing, in pixels. */
export function smoothingOf(size: number): number {
  return sigmaShare * size;
}

/** A line under a Gaussian that is cut at four standard deviations; borders are mirrored. */
export function smoothing(size: number): LineMap {
  const sigma = smoothingOf(size);
  const radius = Math.floor(4 * sigma + 0.5);
  const taps = Array.from({ length: 2 * radius + 1 }, (_, tap) => Math.exp(-0.5 * ((tap - radius) / sigma) ** 2));
  const total = taps.reduce((sum, weight) => sum + weight, 0);
  return lineMap(size, size, (given, add) => {
    for (const [tap, weight] of taps.entries()) add(mirrored(given + tap - radius, size), weight / total);
  });
}

function mirrored(at: number, size: number): number {
  const period = 2 * size;
  const within = ((at % period) + period) % period;
  return within < size ? within : period - 1 - within;
}
