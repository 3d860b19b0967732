import { bitmap, largestComponent, morph, type Bitmap } from './bitmap.ts';
import { convexHull, cross, polygonArea, type Point } from './polygon.ts';

// Where in the frames of a cine is the ultrasound? Living speckle flickers; burned-in text, scales and logos do not.
// What flickers, opened so that thin traces and small digits fall off, hangs together as the sector. To what was
// found a fan is fitted (two straight edges and an arc), so that dark parts at the rim belong to it too.

export interface Frame {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Grey levels between a pixel's darkest and brightest frame from which on it flickers; above the noise of lossy codecs. */
const flickerMin = 14;
/** The search runs on blocks, so that it costs the same for every frame size. */
const blocksAcross = 200;
/** A sector covers at least this share of the frame. */
const areaMin = 0.04;

/** The sector's outline in pixels, or undefined where none is found. `data` is RGB; at least two frames are needed. */
export function findSector(frames: readonly Frame[], bounds?: Bounds): readonly Point[] | undefined {
  const first = frames[0];
  if (!first || frames.length < 2) return undefined;
  const block = Math.max(1, Math.round(Math.max(first.width, first.height) / blocksAcross));
  const flickering = flickerMap(frames, block, bounds ?? { x0: 0, y0: 0, x1: first.width, y1: first.height });
  const solid = morph(morph(flickering, 2, 'grow'), 2, 'shrink');
  const opened = morph(morph(solid, 3, 'shrink'), 3, 'grow');
  const { picture, area } = largestComponent(opened);
  if (area * block * block < areaMin * first.width * first.height) return undefined;
  const hull = convexHull(corners(picture)).map(({ x, y }) => ({ x: x * block, y: y * block }));
  const limits = { x: first.width, y: first.height };
  return (fanAround(hull) ?? hull).map(({ x, y }) => ({
    x: Math.max(0, Math.min(limits.x, x)),
    y: Math.max(0, Math.min(limits.y, y)),
  }));
}

/** Blocks in which at least a third of the pixels flicker. */
function flickerMap(frames: readonly Frame[], block: number, bounds: Bounds): Bitmap {
  const { width, height } = frames[0]!;
  const map = bitmap(Math.ceil(width / block), Math.ceil(height / block));
  const counts = new Uint16Array(map.bits.length);
  for (let y = Math.max(0, bounds.y0); y < Math.min(height, bounds.y1); y++) {
    for (let x = Math.max(0, bounds.x0); x < Math.min(width, bounds.x1); x++) {
      const at = 3 * (y * width + x) + 1; // green stands for grey: the search needs no colours
      let [low, high] = [255, 0];
      for (const { data } of frames) {
        const value = data[at]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (high - low >= flickerMin) counts[Math.trunc(y / block) * map.width + Math.trunc(x / block)]!++;
    }
  }
  for (let index = 0; index < counts.length; index++) map.bits[index] = counts[index]! * 3 >= block * block ? 1 : 0;
  return map;
}

/** The outer corners of the first and last block of each row. */
function corners({ width, height, bits }: Bitmap): Point[] {
  const points: Point[] = [];
  for (let y = 0; y < height; y++) {
    const row = bits.subarray(y * width, (y + 1) * width);
    const from = row.indexOf(1);
    if (from < 0) continue;
    const to = row.lastIndexOf(1) + 1;
    points.push({ x: from, y }, { x: to, y }, { x: from, y: y + 1 }, { x: to, y: y + 1 });
  }
  return points;
}

/** A fan may be this much larger than what was found; else the found outline is no fan, and is taken as it is. */
const fanToHullMax = 1.3;
const arcSteps = 48;

/** The fan whose straight edges carry the hull's longest slanting edges and whose arc touches its farthest point. */
function fanAround(hull: readonly Point[]): readonly Point[] | undefined {
  const [left, right] = [slantingEdge(hull, 'left'), slantingEdge(hull, 'right')];
  if (!left || !right) return undefined;
  const apex = meeting(left, right);
  if (!apex) return undefined;
  const radius = Math.max(...hull.map((point) => Math.hypot(point.x - apex.x, point.y - apex.y)));
  const angles = [left, right].map(([top, bottom]) => Math.atan2(bottom.x - top.x, bottom.y - top.y)) as [
    number,
    number,
  ];
  const top = Math.min(...hull.map(({ y }) => y));
  const arc = Array.from(
    { length: arcSteps + 1 },
    (_, step) => angles[1] + ((angles[0] - angles[1]) * step) / arcSteps,
  );
  const rim = arc.map((angle) => ({ x: apex.x + radius * Math.sin(angle), y: apex.y + radius * Math.cos(angle) }));
  const start = (angle: number): Point => ({
    x: apex.x + Math.max(0, top - apex.y) * Math.tan(angle),
    y: Math.max(top, apex.y),
  });
  const fan = [start(angles[1]), ...rim, start(angles[0])];
  return polygonArea(fan) <= fanToHullMax * polygonArea(hull) ? fan : undefined;
}

type Edge = readonly [top: Point, bottom: Point];

/** The longest supporting line on one side that leans outwards as it goes down, by 15 to 65 degrees. */
function slantingEdge(hull: readonly Point[], side: 'left' | 'right'): Edge | undefined {
  const sign = side === 'left' ? -1 : 1;
  let best: Edge | undefined;
  let bestLength = 0;
  for (const [index, a] of hull.entries()) {
    const b = hull[(index + 1) % hull.length]!;
    const [top, bottom] = a.y <= b.y ? [a, b] : [b, a];
    const lean = (Math.atan2(bottom.x - top.x, bottom.y - top.y) * 180 * sign) / Math.PI;
    const length = Math.hypot(bottom.x - top.x, bottom.y - top.y);
    if (lean < 15 || lean > 65 || length <= bestLength) continue;
    [best, bestLength] = [[top, bottom], length];
  }
  return best && widened(best, hull, sign);
}

/** Hull edges follow blocks; the line through the hull's points near the edge, moved out to hold them all, follows the sector. */
function widened([top, bottom]: Edge, hull: readonly Point[], sign: number): Edge {
  const direction = { x: bottom.x - top.x, y: bottom.y - top.y };
  const outside = Math.max(
    ...hull.map((point) => (sign * cross(bottom, top, point)) / Math.hypot(direction.x, direction.y)),
    0,
  );
  const shift = (outside * sign * Math.hypot(direction.x, direction.y)) / direction.y;
  return [
    { x: top.x + shift, y: top.y },
    { x: bottom.x + shift, y: bottom.y },
  ];
}

function meeting([a, b]: Edge, [c, d]: Edge): Point | undefined {
  const denominator = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
  if (Math.abs(denominator) < 1e-6) return undefined;
  const along = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / denominator;
  const point = { x: a.x + along * (b.x - a.x), y: a.y + along * (b.y - a.y) };
  return point.y < Math.max(b.y, d.y) ? point : undefined;
}
