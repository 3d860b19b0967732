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
  spread({ rows, columns }, map, (pixel, value) => {
    const opacity = opacityMax * value;
    const colour = 3 * Math.round(255 * value);
    for (let channel = 0; channel < 3; channel++)
      blended[3 * pixel + channel] = Math.round(
        pixels[3 * pixel + channel]! * (1 - opacity) + colours[colour + channel]! * opacity,
      );
  });
  return blended;
}

/** The map alone at the size of the picture it belongs to, in steps from 0 to 255; outside the crop it is 0. */
export function mapAlone({ rows, columns }: Pick<Picture, 'rows' | 'columns'>, map: MapSquare): Uint8Array {
  const values = new Uint8Array(rows * columns);
  spread({ rows, columns }, map, (pixel, value) => (values[pixel] = Math.round(255 * value)));
  return values;
}

function spread(
  { rows, columns }: Pick<Picture, 'rows' | 'columns'>,
  map: MapSquare,
  put: (pixel: number, value: number) => void,
): void {
  const { crop } = map;
  const across = taps(crop.x0, crop.x1, map.size);
  const down = taps(crop.y0, crop.y1, map.size);
  for (let y = Math.max(0, crop.y0); y < Math.min(rows, crop.y1); y++)
    for (let x = Math.max(0, crop.x0); x < Math.min(columns, crop.x1); x++)
      put(y * columns + x, valueAt(map, across[x - crop.x0]!, down[y - crop.y0]!));
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

/** Bilinear; a map that is not finite somewhere shows nothing there. */
function valueAt({ values, size }: MapSquare, across: Tap, down: Tap): number {
  const row = (line: number): number => {
    const [left, right] = [values[line * size + across.cell]!, values[line * size + across.next]!];
    return left + (right - left) * across.rest;
  };
  const above = row(down.cell);
  const value = above + (row(down.next) - above) * down.rest;
  return Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 0;
}
