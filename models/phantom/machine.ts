import { beams, samples, type Fan } from './fan.ts';
import type { Random } from './random.ts';
import type { Tint } from './scan-conversion.ts';

/** How a scanner is set, and what lies between probe and heart. All in decibels where not said. */
export interface Machine {
  readonly gain: number;
  readonly dynamicRange: number;
  /** Electronic noise below the echoes, growing with depth as the gain makes up for it. */
  readonly noise: number;
  /** Change of each cell of the polar grid: attenuation, ribs, poor contact, clutter near the probe. */
  readonly losses: Float32Array;
  /** What lies around the heart, before losses. */
  readonly background: Float32Array;
  readonly tint: Tint;
}

/** Draws a machine. */
export function drawMachine(random: Random, fan: Fan): Machine {
  return {
    gain: random.between(-4, 5),
    dynamicRange: random.between(54, 66),
    noise: random.between(-60, -51),
    losses: drawLosses(random, fan),
    background: drawBackground(random),
    tint: tintOf(
      random.pick([
        [1, 1, 1],
        [1, 1, 1],
        [0.93, 0.95, 1],
        [1, 0.96, 0.88],
      ] as const),
    ),
  };
}

function drawLosses(random: Random, fan: Fan): Float32Array {
  const losses = new Float32Array(beams * samples);
  const perCentimetre = random.between(0.15, 0.75);
  const patches = Array.from({ length: 5 }, () => ({
    beam: random.between(-0.1, 1.1) * beams,
    sample: random.between(0.15, 1) * samples,
    reach: random.between(8, 26),
    depth: random.between(2, 10),
  }));
  const ribs = random.chance(0.5) ? [-random.between(4, 14), beams + random.between(4, 14)] : [];
  for (let beam = 0; beam < beams; beam++) {
    let shadow = 0;
    for (const rib of ribs) shadow += 26 * Math.exp(-(((beam - rib) / 11) ** 2));
    for (let sample = 0; sample < samples; sample++) {
      const centimetres = (sample / samples) * fan.depth;
      losses[beam * samples + sample] = -perCentimetre * centimetres - shadow * Math.min(1, sample / 60);
    }
  }
  for (const patch of patches) weaken(losses, patch);
  return losses;
}

/** Poor contact: echoes from one patch are weaker. */
function weaken(losses: Float32Array, patch: { beam: number; sample: number; reach: number; depth: number }): void {
  for (let beam = 0; beam < beams; beam++) {
    const across = ((beam - patch.beam) / patch.reach) ** 2;
    if (across > 5) continue;
    for (let sample = 0; sample < samples; sample++) {
      const along = ((sample - patch.sample) / (2.2 * patch.reach)) ** 2;
      losses[beam * samples + sample]! -= patch.depth * Math.exp(-across - along);
    }
  }
}

/** Tissue around the heart: smooth patches, dark where there is lung, bright near the probe. */
function drawBackground(random: Random): Float32Array {
  const background = new Float32Array(beams * samples);
  const waves = Array.from({ length: 7 }, () => ({
    across: random.between(0.5, 3.2) / beams,
    along: random.between(0.5, 4.5) / samples,
    offset: random.next(),
    height: random.between(1.5, 4),
  }));
  const level = random.between(-40, -31);
  for (let beam = 0; beam < beams; beam++) {
    for (let sample = 0; sample < samples; sample++) {
      let value = level;
      for (const { across, along, offset, height } of waves)
        value += height * Math.sin(2 * Math.PI * (across * beam + along * sample + offset));
      value += 13 * Math.exp(-(((sample - 6) / 14) ** 2));
      background[beam * samples + sample] = value;
    }
  }
  return background;
}

function tintOf([red, green, blue]: readonly [number, number, number]): Tint {
  const tint = new Uint8Array(256 * 3);
  for (let grey = 0; grey < 256; grey++) tint.set([grey * red, grey * green, grey * blue].map(Math.round), 3 * grey);
  return tint;
}
