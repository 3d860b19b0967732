import type { Point, Polygon } from '#domain/geometry';

// Shapes in centimetres: closed polygons with corners so dense that they may be bent onto the polar grid of the beams.

/** A frame of axes: `along` and the direction across it, a quarter turn against the clock on the screen. */
export interface Axes {
  readonly origin: Point;
  /** Radians from straight down, positive towards the right. */
  readonly angle: number;
}

/** The point that lies so far along and across the axes; across is to the right for axes pointing straight down. */
export function place({ origin, angle }: Axes, along: number, across: number): Point {
  return {
    x: origin.x + along * Math.sin(angle) + across * Math.cos(angle),
    y: origin.y + along * Math.cos(angle) - across * Math.sin(angle),
  };
}

/** An ellipse with its radii along and across the axes; above 2 the power makes it boxier. */
export function ellipse(axes: Axes, along: number, across: number, power = 2): Polygon {
  return Array.from({ length: 44 }, (_, index) => {
    const turn = (2 * Math.PI * index) / 44;
    const round = (value: number): number => Math.sign(value) * Math.abs(value) ** (2 / power);
    return place(axes, along * round(Math.cos(turn)), across * round(Math.sin(turn)));
  });
}

/** A line with a width, as a polygon with round ends. */
export function stroke(points: readonly Point[], width: number): Polygon {
  const dense = densify(points, 0.25);
  const left: Point[] = [];
  const right: Point[] = [];
  for (const [index, point] of dense.entries()) {
    const before = dense[Math.max(0, index - 1)]!;
    const after = dense[Math.min(dense.length - 1, index + 1)]!;
    const length = Math.hypot(after.x - before.x, after.y - before.y) || 1;
    const [nx, ny] = [-(after.y - before.y) / length, (after.x - before.x) / length];
    left.push({ x: point.x + (nx * width) / 2, y: point.y + (ny * width) / 2 });
    right.push({ x: point.x - (nx * width) / 2, y: point.y - (ny * width) / 2 });
  }
  return [...left, ...right.reverse()];
}

/** Each corner moved outwards by a distance, along the bisector of its edges. */
export function inflate(polygon: Polygon, distance: number): Polygon {
  const outwards = signedArea(polygon) > 0 ? 1 : -1;
  return polygon.map((point, index) => {
    const before = polygon[(index + polygon.length - 1) % polygon.length]!;
    const after = polygon[(index + 1) % polygon.length]!;
    const length = Math.hypot(after.x - before.x, after.y - before.y) || 1;
    return {
      x: point.x + (outwards * distance * (after.y - before.y)) / length,
      y: point.y - (outwards * distance * (after.x - before.x)) / length,
    };
  });
}

/** The polygon with further corners, so that no edge is longer than `step`. */
export function densify(points: readonly Point[], step: number): readonly Point[] {
  return points.flatMap((point, index) => {
    const next = points[index + 1];
    if (!next) return [point];
    const count = Math.max(1, Math.ceil(Math.hypot(next.x - point.x, next.y - point.y) / step));
    return Array.from({ length: count }, (_, part) => ({
      x: point.x + ((next.x - point.x) * part) / count,
      y: point.y + ((next.y - point.y) * part) / count,
    }));
  });
}

/** A smooth line through the points (Catmull-Rom). */
export function curve(points: readonly Point[], stepsEach = 8): readonly Point[] {
  const at = (index: number): Point => points[Math.max(0, Math.min(points.length - 1, index))]!;
  const line: Point[] = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const [p0, p1, p2, p3] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    for (let step = 0; step < stepsEach; step++) {
      const t = step / stepsEach;
      const mix = (a: number, b: number, c: number, d: number): number =>
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t ** 2 + (3 * b - a - 3 * c + d) * t ** 3);
      line.push({ x: mix(p0.x, p1.x, p2.x, p3.x), y: mix(p0.y, p1.y, p2.y, p3.y) });
    }
  }
  return [...line, at(points.length - 1)];
}

/** What of a polygon lies within a convex one (Sutherland and Hodgman). */
export function clip(polygon: Polygon, convex: Polygon): Polygon {
  const turn = signedArea(convex) > 0 ? 1 : -1;
  let kept: Polygon = polygon;
  for (const [index, a] of convex.entries()) {
    const b = convex[(index + 1) % convex.length]!;
    const side = (point: Point): number => turn * ((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x));
    kept = clipBySide(kept, side);
  }
  return kept;
}

function clipBySide(polygon: Polygon, side: (point: Point) => number): Polygon {
  const kept: Point[] = [];
  for (const [index, point] of polygon.entries()) {
    const next = polygon[(index + 1) % polygon.length]!;
    const [here, there] = [side(point), side(next)];
    if (here >= 0) kept.push(point);
    if (here >= 0 === there >= 0) continue;
    const share = here / (here - there);
    kept.push({ x: point.x + share * (next.x - point.x), y: point.y + share * (next.y - point.y) });
  }
  return kept;
}

function signedArea(polygon: Polygon): number {
  let twice = 0;
  for (const [index, a] of polygon.entries()) {
    const b = polygon[(index + 1) % polygon.length]!;
    twice += a.x * b.y - b.x * a.y;
  }
  return twice / 2;
}
