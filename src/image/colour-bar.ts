import type { Frame } from './flicker.ts';
import { filled } from './mask.ts';
import type { Point } from './polygon.ts';

// While colour Doppler is on, scanners show its scale beside the sector: an upright bar, warm colours on one half for
// what comes, cold ones on the other for what goes, both dark where they meet. It stands there even in frames without any
// flow. The scale of a tinted picture runs from dark to bright in one piece.

/** Grey levels between warm and cold colours, and grey. */
const colourMin = 48;
/** Shares of the frame's height: each half of the bar at least, and the dark middle between them at most. */
const halfMin = 0.035;
const middleMax = 0.1;
/** Grey levels by which a half is brighter at its end than in the middle of the bar, at least. */
const fadeMin = 16;
/** Columns side by side that show it. */
const columnsMin = 4;

type Hue = 'warm' | 'cold' | 'neither';

/** One column of the frame, from above. */
interface Column {
  readonly height: number;
  hueAt(y: number): Hue;
  /** Of the brightest channel. */
  brightnessAt(y: number): number;
}

/** Whether a scale of velocities in colour stands outside the polygon. */
export function hasColourBar(frame: Frame, polygon: readonly Point[]): boolean {
  const inside = filled(polygon, frame).bits;
  let columns = 0;
  for (let x = 0; x < frame.width && columns < columnsMin; x++)
    columns = showsBar(columnOf(frame, x, inside)) ? columns + 1 : 0;
  return columns >= columnsMin;
}

function columnOf({ data, width, height }: Frame, x: number, inside: Uint8Array): Column {
  return {
    height,
    hueAt(y) {
      const pixel = y * width + x;
      if (inside[pixel] === 1) return 'neither';
      return hueOf(data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!);
    },
    brightnessAt: (y) => Math.max(...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)),
  };
}

function hueOf(red: number, green: number, blue: number): Hue {
  if (red - blue >= colourMin && green - red <= colourMin) return 'warm';
  return green - red >= colourMin || blue - red >= colourMin ? 'cold' : 'neither';
}

/** A run of one hue in a column, from `start` to before `end`. */
interface Run {
  readonly hue: Hue;
  readonly start: number;
  readonly end: number;
}

/** A long warm run next to a long cold one, in either order. */
function showsBar(column: Column): boolean {
  const { height } = column;
  let above: Run | undefined;
  for (let y = 0; y < height;) {
    const [hue, start] = [column.hueAt(y), y];
    do y++;
    while (y < height && column.hueAt(y) === hue);
    if (hue === 'neither' || y - start < halfMin * height) continue;
    const run = { hue, start, end: y };
    const isNext = above !== undefined && above.hue !== hue && start - above.end <= middleMax * height;
    if (isNext && fadeOf(column, above!) >= fadeMin && fadeOf(column, run) <= -fadeMin) return true;
    above = run;
  }
  return false;
}

/** How much darker a run grows as it goes down: the middle of its upper half held to that of its lower. */
function fadeOf({ brightnessAt }: Column, { start, end }: Run): number {
  const quarter = Math.trunc((end - start) / 4);
  return brightnessAt(start + quarter) - brightnessAt(end - 1 - quarter);
}
