import type { Bitmap } from './bitmap.ts';
import type { Bounds } from './flicker.ts';
import { spans, type Point } from './polygon.ts';

// A header often calibrates the very box around a sector. Then the sector follows from it, however dark its rim is.

const arcSteps = 48;
/** Sines of half the opening, 15 to 65 degrees. */
const [narrowest, widest] = [0.26, 0.91];
/** Share of the flicker that lies within the fan, at least, and how far it may end before the box, as a share of its sides. */
const heldMin = 0.985;
const slack = 0.05;

/** The fan that fills a box, its tip in the middle of the upper side; undefined where what flickers does not fill it, or lies beside it. */
export function fanOfRegion(box: Bounds, flickering: Bitmap, block: number): readonly Point[] | undefined {
  const [half, radius] = [(box.x1 - box.x0) / 2, box.y1 - box.y0];
  const sine = half / radius;
  if (sine < narrowest || sine > widest) return undefined;
  const tip = { x: box.x0 + half, y: box.y0 };
  const arc = Array.from({ length: arcSteps + 1 }, (_, step) => {
    const angle = Math.asin(sine) * (1 - (2 * step) / arcSteps);
    return { x: tip.x + radius * Math.sin(angle), y: tip.y + radius * Math.cos(angle) };
  });
  const fan = [tip, ...arc];
  return fills(box, flickering, block) && heldShare(fan, flickering, block) >= heldMin ? fan : undefined;
}

/** Whether what flickers reaches to every side of the box. */
function fills({ x0, y0, x1, y1 }: Bounds, { width, height, bits }: Bitmap, block: number): boolean {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = bits.indexOf(1); at >= 0; at = bits.indexOf(1, at + 1)) {
    const [x, y] = [at % width, Math.trunc(at / width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  const [across, down] = [slack * (x1 - x0), slack * (y1 - y0)];
  return (
    left * block <= x0 + across &&
    right * block >= x1 - across &&
    top * block <= y0 + down &&
    bottom * block >= y1 - down
  );
}

/** Share of the flickering blocks that the fan holds, half a block beside it counting. */
function heldShare(fan: readonly Point[], { width, height, bits }: Bitmap, block: number): number {
  const all = bits.reduce((sum, bit) => sum + bit, 0);
  const inBlocks = fan.map(({ x, y }) => ({ x: x / block, y: y / block }));
  let held = 0;
  for (const { y, from, to } of spans(inBlocks, width, height))
    for (let x = Math.max(0, from - 1); x < Math.min(width, to + 1); x++) held += bits[y * width + x]!;
  return held / all;
}
