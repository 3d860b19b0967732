/** A point in image coordinates: x to the right, y down, in pixels; (0,0) is the top left corner of the top left pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A closed polygon; the last point joins the first. */
export type Polygon = readonly Point[];

/** A box of whole pixels: x0 ≤ x < x1, y0 ≤ y < y1. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export function boxArea(box: Box): number {
  return Math.max(0, box.x1 - box.x0) * Math.max(0, box.y1 - box.y0);
}
