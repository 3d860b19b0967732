/** A point in pixels, x to the right, y down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The smallest convex polygon around the points (Andrew's monotone chain), clockwise on the screen. */
export function convexHull(points: readonly Point[]): readonly Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length >= 2 && cross(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

export function cross(origin: Point, a: Point, b: Point): number {
  return (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x);
}

/** The area within, in square pixels (the shoelace formula). */
export function polygonArea(polygon: readonly Point[]): number {
  let twice = 0;
  for (const [index, a] of polygon.entries()) {
    const b = polygon[(index + 1) % polygon.length]!;
    twice += a.x * b.y - b.x * a.y;
  }
  return Math.abs(twice) / 2;
}

/** The part of a polygon within a box (Sutherland and Hodgman's reentrant clipping). */
export function clipToBox(polygon: readonly Point[], { x0, y0, x1, y1 }: Box): readonly Point[] {
  const sides: readonly (readonly [axis: 'x' | 'y', limit: number, sign: 1 | -1])[] = [
    ['x', x0, 1],
    ['x', x1, -1],
    ['y', y0, 1],
    ['y', y1, -1],
  ];
  return sides.reduce((rest, [axis, limit, sign]) => {
    const inside = (point: Point) => (point[axis] - limit) * sign >= 0;
    return rest.flatMap((a, index) => {
      const b = rest[(index + 1) % rest.length]!;
      const kept = inside(a) ? [a] : [];
      return inside(a) === inside(b) ? kept : [...kept, between(a, b, (limit - a[axis]) / (b[axis] - a[axis]))];
    });
  }, polygon);
}

function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
}

/** The smallest box of numbers around the points. */
export function boxAround(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

/** For each row of pixels the spans within the polygon, pixel centres counting: [from, to) pairs. Even-odd rule. */
export function* spans(
  polygon: readonly Point[],
  width: number,
  height: number,
): Generator<{ y: number; from: number; to: number }> {
  for (let y = 0; y < height; y++) {
    const crossings = crossingsAt(polygon, y + 0.5);
    for (let index = 0; index + 1 < crossings.length; index += 2) {
      const from = Math.max(0, Math.ceil(crossings[index]! - 0.5));
      const to = Math.min(width, Math.ceil(crossings[index + 1]! - 0.5));
      if (to > from) yield { y, from, to };
    }
  }
}

function crossingsAt(polygon: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  for (const [index, a] of polygon.entries()) {
    const b = polygon[(index + 1) % polygon.length]!;
    if (a.y > y !== b.y > y) crossings.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  return crossings.sort((a, b) => a - b);
}
