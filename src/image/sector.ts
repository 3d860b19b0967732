import { componentAround, largestComponent, morph, type Bitmap, type Component } from './bitmap.ts';
import { type Bounds, type Flicker, flickerOf, flickeringBlocks, type Frame } from './flicker.ts';
import { boxAround, clipToBox, convexHull, cross, polygonArea, type Point } from './polygon.ts';
import { fanOfRegion } from './region-fan.ts';

// Where in the frames of a cine is the ultrasound? Living speckle flickers; burned-in text, scales and logos do not.
// What flickers clearly, opened so that thin traces and small digits fall off, hangs together as the sector. From there
// the faint rim is followed as far as the frames let noise and signal be told apart. To what was found a fan is fitted
// (two straight edges and an arc), so that black parts at the rim belong to it too.

export type { Frame };

/** Grey levels from which on a pixel flickers clearly; above the noise of lossy codecs. */
const clearMin = 14;
/** And faintly, the lowest first: background that was drawn once and encoded alike in every frame does not change at all. */
const faintMins = [3, 6] as const;
/** The faint level tells something where at least this share of the blocks lies still. */
const stillMin = 0.03;
/** A rim makes a sector this much larger at most; beyond it is noise. */
const rimMax = 2.5;
/** The search runs on blocks, so that it costs the same for every frame size. */
const blocksAcross = 200;
/** A sector covers at least this share of the frame. */
const areaMin = 0.04;

/** The sector's outline in pixels, or undefined where none is found. `data` is RGB; at least two frames are needed. */
export function findSector(frames: readonly Frame[], bounds?: Bounds): readonly Point[] | undefined {
  const [first, ...others] = frames;
  if (!first || others.length === 0) return undefined;
  const { width, height } = first;
  const whole = { x0: 0, y0: 0, x1: width, y1: height };
  const block = Math.max(1, Math.round(Math.max(width, height) / blocksAcross));
  const flicker = flickerOf([first, ...others], bounds ?? whole, { block, enough: clearMin });
  const flickering = flickeringBlocks(flicker, clearMin);
  const clear = largestComponent(opened(flickering));
  if (clear.area * block * block < areaMin * width * height) return undefined;
  const calibrated = bounds && fanOfRegion(bounds, flickering, block);
  if (calibrated) return clipToBox(calibrated, whole);
  const { picture } = withRim(clear, flicker);
  const hull = convexHull(corners(picture)).map(({ x, y }) => ({ x: x * block, y: y * block }));
  const fan = clipToBox(fanAround(hull) ?? hull, boxAround(hull));
  const outline = polygonArea(fan) <= fanToHullMax * polygonArea(hull) ? fan : hull;
  return clipToBox(outline, whole);
}

/** Closed, then opened: holes are filled, and what is thin falls off. */
function opened(blocks: Bitmap): Bitmap {
  return morph(morph(morph(morph(blocks, 2, 'grow'), 2, 'shrink'), 3, 'shrink'), 3, 'grow');
}

function withRim(clear: Component, flicker: Flicker): Component {
  for (const least of faintMins) {
    const blocks = flickeringBlocks(flicker, least);
    const still = blocks.bits.reduce((count, bit) => count + 1 - bit, 0);
    const wider = componentAround(opened(blocks), clear);
    if (still >= stillMin * blocks.bits.length && wider.area <= rimMax * clear.area) return wider;
  }
  return clear;
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
const fanToHullMax = 1.15;
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
  return [start(angles[1]), ...rim, start(angles[0])];
}

type Edge = readonly [top: Point, bottom: Point];

/** The longest supporting line on one side that leans outwards as it goes down, by 15 to 65 degrees. */
function slantingEdge(hull: readonly Point[], side: 'left' | 'right'): Edge | undefined {
  const sign = side === 'left' ? -1 : 1;
  const { x0, x1 } = boxAround(hull);
  let best: Edge | undefined;
  let bestLength = 0;
  for (const [index, a] of hull.entries()) {
    const b = hull[(index + 1) % hull.length]!;
    const [top, bottom] = a.y <= b.y ? [a, b] : [b, a];
    const lean = (Math.atan2(bottom.x - top.x, bottom.y - top.y) * 180 * sign) / Math.PI;
    const length = Math.hypot(bottom.x - top.x, bottom.y - top.y);
    const isOnSide = (a.x + b.x - x0 - x1) * sign > 0;
    if (!isOnSide || lean < 15 || lean > 65 || length <= bestLength) continue;
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
