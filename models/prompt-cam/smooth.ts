// A map is smoothed as the authors of EchoCLIP show theirs: by this share of its side.
const sigmaShare = 0.02;

/** The standard deviation of the smoothing, in pixels. */
export function smoothingOf(size: number): number {
  return sigmaShare * size;
}

/** A square map under a Gaussian that is cut at four standard deviations; borders are mirrored. */
export function smooth(map: Float32Array, size: number): Float32Array {
  const kernel = kernelOf(smoothingOf(size));
  return alongRows(alongRows(map, size, kernel), size, kernel);
}

/** Smooths each row and turns the map, so that doing it twice smooths both ways and turns it back. */
function alongRows(map: Float32Array, size: number, kernel: readonly number[]): Float32Array {
  const radius = (kernel.length - 1) / 2;
  const source = Array.from({ length: size + 2 * radius }, (_, at) => mirrored(at - radius, size));
  const turned = new Float32Array(map.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let tap = 0; tap < kernel.length; tap++) sum += kernel[tap]! * map[row * size + source[column + tap]!]!;
      turned[column * size + row] = sum;
    }
  }
  return turned;
}

function kernelOf(sigma: number): readonly number[] {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, tap) => Math.exp(-0.5 * ((tap - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function mirrored(at: number, size: number): number {
  const period = 2 * size;
  const within = ((at % period) + period) % period;
  return within < size ? within : period - 1 - within;
}
