/** How a network takes pictures: mean and deviation of its channels, in its order, of pixels scaled to 0..1. */
export interface Normalisation {
  readonly size: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Authors who read frames with OpenCV train on blue, green, red. */
  readonly order: 'rgb' | 'bgr';
}

/** RGB bytes, [frames, size, size, 3], as numbers of mean 0 and deviation 1, [frames, 3, size, size]. */
export function normalise(pixels: Uint8Array, { size, mean, std, order }: Normalisation): Float32Array {
  const area = size * size;
  const values = new Float32Array(pixels.length);
  for (let channel = 0; channel < 3; channel++) {
    const table = tableOf(mean[channel]!, std[channel]!);
    const colour = order === 'rgb' ? channel : 2 - channel;
    for (let frame = 0; frame < pixels.length; frame += 3 * area) {
      const plane = frame + channel * area;
      for (let at = 0; at < area; at++) values[plane + at] = table[pixels[frame + 3 * at + colour]!]!;
    }
  }
  return values;
}

function tableOf(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / std);
}
