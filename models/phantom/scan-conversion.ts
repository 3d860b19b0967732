import { beams, samples, type Fan } from './fan.ts';

/** Which grid cells make up each pixel of the sector, worked out once for all frames. */
export interface ScanConversion {
  /** Index of each pixel within the frame. */
  readonly pixels: Int32Array;
  /** Its upper left cell in the polar grid. */
  readonly cells: Int32Array;
  /** How far it lies from that cell along the beam and across the beams, times 256. */
  readonly along: Uint8Array;
  readonly across: Uint8Array;
}

/** Prepares the way from beams to pixels. */
export function scanConversion(fan: Fan): ScanConversion {
  const [pixels, cells, along, across]: number[][] = [[], [], [], []];
  for (let row = Math.max(0, Math.floor(fan.tip.y)); row < fan.rows; row++) {
    for (let column = 0; column < fan.columns; column++) {
      const [x, y] = [column + 0.5 - fan.tip.x, row + 0.5 - fan.tip.y];
      const [radius, angle] = [Math.hypot(x, y), Math.atan2(x, y)];
      if (radius >= fan.radius || Math.abs(angle) > fan.halfAngle) continue;
      const sample = Math.min(samples - 1.001, Math.max(0, (radius / fan.radius) * samples - 0.5));
      const beam = Math.min(beams - 1.001, Math.max(0, ((angle + fan.halfAngle) / (2 * fan.halfAngle)) * beams - 0.5));
      pixels!.push(row * fan.columns + column);
      cells!.push(Math.floor(beam) * samples + Math.floor(sample));
      along!.push(Math.floor((sample % 1) * 256));
      across!.push(Math.floor((beam % 1) * 256));
    }
  }
  return {
    pixels: Int32Array.from(pixels!),
    cells: Int32Array.from(cells!),
    along: Uint8Array.from(along!),
    across: Uint8Array.from(across!),
  };
}

/** Colours for the 256 grey levels: red, green, blue. */
export type Tint = Uint8Array;

/** Draws beams (grey, 0 to 255) into an RGB frame. */
export function convert(conversion: ScanConversion, grey: Uint8Array, tint: Tint, frame: Uint8Array): void {
  const { pixels, cells, along, across } = conversion;
  for (let index = 0; index < pixels.length; index++) {
    const [cell, fa, fb] = [cells[index]!, along[index]!, across[index]!];
    const near = grey[cell]! * (256 - fa) + grey[cell + 1]! * fa;
    const far = grey[cell + samples]! * (256 - fa) + grey[cell + samples + 1]! * fa;
    const value = 3 * ((near * (256 - fb) + far * fb) >> 16);
    const at = 3 * pixels[index]!;
    frame[at] = tint[value]!;
    frame[at + 1] = tint[value + 1]!;
    frame[at + 2] = tint[value + 2]!;
  }
}
