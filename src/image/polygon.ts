/** A point in pixels, x to the right, y down. */
export interface Point {
  readonly x: number;
  readonly y: number;
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
