import type { PreparedClip } from '#domain/clip';
import type { Box, Polygon } from '#domain/geometry';
import { morph } from '#image/bitmap';
import { filled } from '#image/mask';

/** How well a clip was masked for the model. */
export interface Masking {
  /** Share of the true sector that is kept. */
  readonly sectorKept: number;
  /** Pixels of the model's input, over all frames, in which something burned in is seen. */
  readonly burnedInLeft: number;
}

/** Pixels at the sector's rim belong to it as much as not. */
const rim = 2;
/** From this grey level on something is drawn: above what scaling rings. */
const drawnMin = 90;
/** Channels this far apart are a colour, beyond the noise of codec and scaling. */
const colourMin = 60;

/** Holds a masked clip to the true sector of a picture that is grey within it and black around it, but for what a machine burns in. */
export function maskingOf(
  clip: Pick<PreparedClip, 'pixels' | 'size' | 'crop' | 'facts'>,
  sector: Polygon,
  { width, height }: { readonly width: number; readonly height: number },
): Masking {
  const [kept, truth] = [filled(clip.facts.sector ?? [], { width, height }), filled(sector, { width, height })];
  const area = truth.bits.reduce((sum, bit) => sum + bit, 0);
  const covered = truth.bits.reduce((sum, bit, pixel) => sum + (bit & kept.bits[pixel]!), 0);
  return { sectorKept: area === 0 ? 0 : covered / area, burnedInLeft: burnedIn(clip, sector) };
}

function burnedIn({ pixels, size, crop }: Pick<PreparedClip, 'pixels' | 'size' | 'crop'>, sector: Polygon): number {
  const inside = morph(filled(scaledTo(sector, crop, size), { width: size, height: size }), rim, 'grow').bits;
  let left = 0;
  for (let pixel = 0; pixel < pixels.length / 3; pixel++) {
    const [red, green, blue] = [pixels[3 * pixel]!, pixels[3 * pixel + 1]!, pixels[3 * pixel + 2]!];
    const brightest = Math.max(red, green, blue);
    const isOutside = inside[pixel % (size * size)] === 0;
    if ((isOutside && brightest > drawnMin) || brightest - Math.min(red, green, blue) > colourMin) left++;
  }
  return left;
}

function scaledTo(polygon: Polygon, { x0, y0, x1, y1 }: Box, size: number): Polygon {
  return polygon.map(({ x, y }) => ({ x: ((x - x0) / (x1 - x0)) * size, y: ((y - y0) / (y1 - y0)) * size }));
}
