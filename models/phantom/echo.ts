import type { Point } from '#domain/geometry';
import { spans } from '#image/polygon';
import { beams, samples, toPolar, type Fan } from './fan.ts';
import type { Machine } from './machine.ts';
import type { Scene } from './scene.ts';
import { speckleBeams, speckleSamples, type Speckle } from './speckle.ts';

/** Where the speckle stands in one frame: tissue moves it, and flow and noise renew it. */
export interface SpeckleState {
  /** How far tissue has moved along the beams, in samples. */
  readonly drift: number;
  /** How far the pattern has turned into another, in radians. */
  readonly turn: number;
  /** Where on the torus the noise of this frame begins. */
  readonly noiseAt: number;
}

/** The grey levels of the polar grid that a scene gives: echo strengths, speckle, noise, losses, log compression. */
export function echoes(scene: Scene, fan: Fan, machine: Machine, speckle: Speckle & SpeckleState): Uint8Array {
  const strengths = soften(soften(paint(scene, fan, machine.background), 1), samples);
  const grey = new Uint8Array(beams * samples);
  const [cosine, sine] = [Math.cos(speckle.turn), Math.sin(speckle.turn)];
  const [rowMask, columnMask] = [speckleBeams - 1, speckleSamples - 1];
  const half = speckleSamples >> 1;
  const drift = Math.round(speckle.drift);
  const [floor, scale] = [machine.dynamicRange - machine.gain, 255 / machine.dynamicRange];
  const toNatural = Math.LN10 / 10;
  for (let beam = 0; beam < beams; beam++) {
    const row = (beam & rowMask) * speckleSamples;
    const otherRow = ((beam + 101) & rowMask) * speckleSamples;
    const noiseRow = ((beam + speckle.noiseAt) & rowMask) * speckleSamples;
    for (let sample = 0; sample < samples; sample++) {
      const cell = beam * samples + sample;
      const one = row + ((sample + drift) & columnMask);
      const other = otherRow + ((sample + drift + half) & columnMask);
      const real = cosine * speckle.real[one]! + sine * speckle.real[other]!;
      const imaginary = cosine * speckle.imaginary[one]! + sine * speckle.imaginary[other]!;
      const noiseCell = noiseRow + ((sample + 7 * speckle.noiseAt) & columnMask);
      const noise = speckle.real[noiseCell]! ** 2 + speckle.imaginary[noiseCell]! ** 2;
      const power =
        Math.exp((strengths[cell]! + machine.losses[cell]!) * toNatural) * (real * real + imaginary * imaginary) +
        Math.exp((machine.noise + (6 * sample) / samples) * toNatural) * noise;
      const value = (Math.log(power + 1e-12) / toNatural + floor) * scale;
      grey[cell] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return grey;
}

/** Which cells of the polar grid lie within a polygon of centimetres. */
export function* cellsWithin(polygon: readonly Point[], fan: Fan): Generator<{ from: number; to: number }> {
  const bent = polygon.map((point) => toPolar(fan, point));
  const first = Math.max(0, Math.floor(Math.min(...bent.map(({ y }) => y))));
  const last = Math.min(beams, Math.ceil(Math.max(...bent.map(({ y }) => y))));
  // Only the beams that the polygon touches are searched.
  const moved = bent.map(({ x, y }) => ({ x, y: y - first }));
  for (const { y, from, to } of spans(moved, samples, last - first))
    yield { from: (y + first) * samples + from, to: (y + first) * samples + to };
}

function paint(scene: Scene, fan: Fan, background: Float32Array): Float32Array {
  const strengths = background.slice();
  for (const { polygon, level } of scene)
    for (const { from, to } of cellsWithin(polygon, fan)) strengths.fill(level, from, to);
  return strengths;
}

/** Weights 1, 2, 1 along one direction: edges as soft as the pulse. */
function soften(field: Float32Array, stride: number): Float32Array {
  const result = field.slice();
  for (let index = stride; index < field.length - stride; index++)
    result[index] = (field[index - stride]! + 2 * field[index]! + field[index + stride]!) / 4;
  return result;
}
