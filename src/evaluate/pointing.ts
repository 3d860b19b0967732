import type { Explanation } from '#domain/explanation';
import type { Box, Polygon } from '#domain/geometry';
import { morph } from '#image/bitmap';
import { spans } from '#image/polygon';

/** Share of the map's width by which a structure is widened before a map is held to it. */
const dilation = 0.05;

/** Where a structure is in the square of a map, widened, as one byte a pixel. Polygons are in pixels of the source frame. */
export function structureMask(polygons: readonly Polygon[], { crop, size }: { crop: Box; size: number }): Uint8Array {
  const bits = new Uint8Array(size * size);
  for (const polygon of polygons) {
    const scaled = polygon.map(({ x, y }) => ({
      x: ((x - crop.x0) / (crop.x1 - crop.x0)) * size,
      y: ((y - crop.y0) / (crop.y1 - crop.y0)) * size,
    }));
    for (const { y, from, to } of spans(scaled, size, size)) bits.fill(1, y * size + from, y * size + to);
  }
  return morph({ width: size, height: size, bits }, Math.round(dilation * size), 'grow').bits;
}

/** A map's brightest pixel over all frames, and how its heat lies. `masks` are those of the frames. */
export interface Pointing {
  /** True where the brightest pixel lies in the structure of its frame. */
  readonly isInside: boolean;
  /** Share of the heat that lies in the structure, 0 to 1. */
  readonly share: number;
}

/** Holds a PromptCAM to where the structure is. */
export function pointingOf({ maps, size }: Pick<Explanation, 'maps' | 'size'>, masks: readonly Uint8Array[]): Pointing {
  const cells = size * size;
  let [brightest, inside, all] = [0, 0, 0];
  for (const [at, heat] of maps.entries()) {
    if (heat > maps[brightest]!) brightest = at;
    all += heat;
    if (masks[Math.floor(at / cells)]?.[at % cells] === 1) inside += heat;
  }
  return {
    isInside: all > 0 && masks[Math.floor(brightest / cells)]?.[brightest % cells] === 1,
    share: all === 0 ? 0 : inside / all,
  };
}
