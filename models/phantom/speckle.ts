import type { Random } from './random.ts';

/** A complex random field on a torus, correlated as far as the pulse is long and the beam is wide. Its mean power is 1. */
export interface Speckle {
  readonly real: Float32Array;
  readonly imaginary: Float32Array;
}

/** Sides of the torus: powers of two, so that wrapping is a mask. */
export const speckleSamples = 512;
export const speckleBeams = 256;

/** Makes a field whose amplitude is Rayleigh distributed, as that of many scatterers too small to be seen one by one. */
export function makeSpeckle(random: Random): Speckle {
  return { real: component(random), imaginary: component(random) };
}

function component(random: Random): Float32Array {
  const field = new Float32Array(speckleSamples * speckleBeams);
  // Three uniform numbers are near enough to a normal one, and blurring brings it nearer.
  for (let index = 0; index < field.length; index++) field[index] = random.next() + random.next() + random.next() - 1.5;
  const blurred = smooth(smooth(smooth(field, 1), 1), speckleSamples);
  let power = 0;
  for (const value of blurred) power += value * value;
  const scale = Math.sqrt(0.5 / (power / blurred.length));
  for (let index = 0; index < blurred.length; index++) blurred[index]! *= scale;
  return blurred;
}

/** Weights 1, 2, 1 along one direction of the torus. */
function smooth(field: Float32Array, stride: number): Float32Array {
  const result = new Float32Array(field.length);
  const mask = field.length - 1;
  for (let index = 0; index < field.length; index++)
    result[index] = (field[(index - stride) & mask]! + 2 * field[index]! + field[(index + stride) & mask]!) / 4;
  return result;
}
