import type { Point, Polygon } from '#domain/geometry';

/** The sector on the screen: where the probe is, how wide and how deep it looks. */
export interface Fan {
  readonly rows: number;
  readonly columns: number;
  /** The tip of the sector in pixels. */
  readonly tip: Point;
  /** Half the opening, in radians. */
  readonly halfAngle: number;
  /** Distance from the tip to the lower arc, in pixels. */
  readonly radius: number;
  /** Depth of the picture in centimetres. */
  readonly depth: number;
}

/** The polar grid of one picture: beams from left to right, samples from the tip outwards. */
export const beams = 144;
export const samples = 320;

/** Pixels for one centimetre. */
export function scaleOf(fan: Fan): number {
  return fan.radius / fan.depth;
}

/** Centimetres from the probe to pixels of the screen. */
export function toPixels(fan: Fan, { x, y }: Point): Point {
  return { x: fan.tip.x + x * scaleOf(fan), y: fan.tip.y + y * scaleOf(fan) };
}

/** Centimetres from the probe to the polar grid: x is the sample, y the beam. */
export function toPolar(fan: Fan, { x, y }: Point): Point {
  return {
    x: (Math.hypot(x, y) / fan.depth) * samples,
    y: ((Math.atan2(x, y) + fan.halfAngle) / (2 * fan.halfAngle)) * beams,
  };
}

/** The outline of the sector in pixels. */
export function outlineOf(fan: Fan): Polygon {
  const arc = Array.from({ length: 49 }, (_, step) => {
    const angle = fan.halfAngle - (2 * fan.halfAngle * step) / 48;
    return { x: fan.tip.x + fan.radius * Math.sin(angle), y: fan.tip.y + fan.radius * Math.cos(angle) };
  });
  return [fan.tip, ...arc];
}

/** The smallest box around the sector. */
export function boxOf(fan: Fan): { x0: number; y0: number; x1: number; y1: number } {
  const half = Math.sin(fan.halfAngle) * fan.radius;
  return {
    x0: Math.max(0, Math.floor(fan.tip.x - half)),
    y0: Math.max(0, Math.floor(fan.tip.y)),
    x1: Math.min(fan.columns, Math.ceil(fan.tip.x + half)),
    y1: Math.min(fan.rows, Math.ceil(fan.tip.y + fan.radius)),
  };
}
