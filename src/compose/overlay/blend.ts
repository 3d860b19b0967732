import type { Box } from '#domain/geometry';

/** Share of the colour where the map is 1; where it is 0 the source shows unchanged. */
const opacityMax = 0.6;

export interface Picture {
  readonly rows: number;
  readonly columns: number;
  /** RGB, interleaved. */
  readonly pixels: Uint8Array;
}

/** One square of the map, its values 0 to 1. */
export interface MapSquare {
  readonly values: Float32Array;
  readonly size: number;
  /** The part of the picture that the square stands for. */
  readonly crop: Box;
}

/** Lays a map over the part of the picture it belongs to; outside nothing changes. */
export function blendMap({ rows, columns, pixels }: Picture, map: MapSquare, colours: Uint8Array): Uint8Array {
  const blended = Uint8Array.from(pixels);
  for (const { pixel: first, values } of lines({ rows, columns }, map))
    for (let x = 0, pixel = 3 * first; x < values.length; x++, pixel += 3) {
      const value = values[x]!;
      if (value === 0) continue;
      const opacity = opacityMax * value;
      const colour = 3 * Math.round(255 * value);
      for (let channel = 0; channel < 3; channel++)
        blended[pixel + channel] = Math.round(
          pixels[pixel + channel]! * (1 - opacity) + colours[colour + channel]! * opacity,
        );
    }
  return blended;
}

/** The map alone at the size of the picture it belongs to, in steps from 0 to 255; outside the crop it is 0. */
export function mapAlone({ rows, columns }: Pick<Picture, 'rows' | 'columns'>, map: MapSquare): Uint8Array {
  const alone = new Uint8Array(rows * columns);
  for (const { pixel, values } of lines({ rows, columns }, map))
    for (let x = 0; x < values.length; x++) alone[pixel + x] = Math.round(255 * values[x]!);
  return alone;
}

/** The lines of the picture that the map covers: where each begins and its values, which hold until the next is taken. */
function* lines(
  { rows, columns }: Pick<Picture, 'rows' | 'columns'>,
  { values, size, crop }: MapSquare,
): Generator<{ readonly pixel: number; readonly values: Float64Array }> {
  const [left, right] = [Math.max(0, crop.x0), Math.min(columns, crop.x1)];
  const across = taps(crop.x0, crop.x1, size).slice(left - crop.x0, right - crop.x0);
  const down = taps(crop.y0, crop.y1, size);
  const line = new Float64Array(across.length);
  for (let y = Math.max(0, crop.y0); y < Math.min(rows, crop.y1); y++) {
    const { cell, next, rest } = down[y - crop.y0]!;
    for (let x = 0; x < across.length; x++) {
      const { cell: left, next: right, rest: along } = across[x]!;
      const above = between(values[cell * size + left]!, values[cell * size + right]!, along);
      const below = between(values[next * size + left]!, values[next * size + right]!, along);
      line[x] = shown(between(above, below, rest));
    }
    yield { pixel: y * columns + left, values: line };
  }
}

function between(one: number, other: number, rest: number): number {
  return one + (other - one) * rest;
}

/** A map that is not finite somewhere shows nothing there. */
function shown(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 0;
}

/** Where a pixel falls between two cells of the map. */
interface Tap {
  readonly cell: number;
  readonly next: number;
  readonly rest: number;
}

function taps(from: number, to: number, size: number): readonly Tap[] {
  return Array.from({ length: to - from }, (_, index) => {
    const place = Math.max(0, Math.min(size - 1, ((index + 0.5) * size) / (to - from) - 0.5));
    const cell = Math.floor(place);
    return { cell, next: Math.min(size - 1, cell + 1), rest: place - cell };
  });
}
