import type { Polygon } from '#domain/geometry';
import { morph } from '#image/bitmap';
import { spans } from '#image/polygon';

/** How well the sector that was found is the true one. */
export interface Masking {
  /** Share of the true sector that is kept. */
  readonly sectorKept: number;
  /** Pixels outside the true sector, and beyond its soft rim, that are kept and have something drawn in them. */
  readonly burnedInLeft: number;
}

interface Pictures {
  readonly width: number;
  readonly height: number;
  /** RGB, interleaved. */
  readonly frames: readonly Uint8Array[];
}

/** Pixels at the sector's rim belong to it as much as not. */
const rim = 2;
/** From this grey level on something is drawn: above the noise of a codec. */
const drawnMin = 40;

/** Holds a found sector to the true one of pictures that are black around it but for what a machine burns in. */
export function maskingOf(found: Polygon | undefined, truth: Polygon, pictures: Pictures): Masking {
  const { width, height, frames } = pictures;
  const [kept, sector] = [filled(found ?? [], width, height), filled(truth, width, height)];
  const wide = morph({ width, height, bits: sector }, rim, 'grow').bits;
  let [area, covered, left] = [0, 0, 0];
  for (let pixel = 0; pixel < sector.length; pixel++) {
    area += sector[pixel]!;
    covered += sector[pixel]! & kept[pixel]!;
    if (kept[pixel] === 1 && wide[pixel] === 0 && frames.some((frame) => isDrawn(frame, 3 * pixel))) left++;
  }
  return { sectorKept: area === 0 ? 0 : covered / area, burnedInLeft: left };
}

function isDrawn(frame: Uint8Array, at: number): boolean {
  return Math.max(frame[at]!, frame[at + 1]!, frame[at + 2]!) > drawnMin;
}

function filled(polygon: Polygon, width: number, height: number): Uint8Array {
  const bits = new Uint8Array(width * height);
  for (const { y, from, to } of spans(polygon, width, height)) bits.fill(1, y * width + from, y * width + to);
  return bits;
}
