import { outlineOf, scaleOf, type Fan } from './fan.ts';
import { dot, fill, line, write, type Canvas, type Colour } from './glyphs.ts';
import type { Random } from './random.ts';

/** What a machine burns into the picture around the sector. */
export interface Furniture {
  readonly style: 'banner' | 'corners' | 'sparse';
  readonly patient: string;
  readonly preset: string;
  readonly marks: 'right' | 'left' | 'along-edge';
  /** How far the ECG lies above the lower border, as a share of the height; it may touch the sector. */
  readonly traceAt: number;
  readonly heartRate: number;
}

const [white, dim, green, blue]: readonly Colour[] = [
  [220, 220, 220],
  [130, 135, 140],
  [40, 225, 60],
  [44, 46, 84],
];

/** Draws how a machine labels its pictures. The word phantom is always among it. */
export function drawFurniture(random: Random, patient: string, heartRate: number): Furniture {
  return {
    style: random.pick(['banner', 'corners', 'sparse']),
    patient,
    preset: random.pick(['ADULT HEART', 'CARDIAC', 'ECHO S5-1']),
    marks: random.pick(['right', 'left', 'along-edge']),
    traceAt: random.chance(0.15) ? random.between(0.05, 0.1) : random.between(0.01, 0.035),
    heartRate,
  };
}

/** What stays the same in all frames, drawn before the sector. */
export function drawStill(canvas: Canvas, fan: Fan, { style, patient, preset, heartRate, marks }: Furniture): void {
  const size = canvas.height >= 560 ? 2 : 2;
  const look = { size, colour: white! };
  const small = { size: 1, colour: dim! };
  if (style === 'banner') fill(canvas, [0, 0, canvas.width, 16], blue!);
  write(canvas, patient, [6, 3], look);
  write(canvas, preset, [canvas.width - preset.length * 8 - 8, 3], look);
  if (style !== 'sparse') {
    write(canvas, `${heartRate} BPM`, [canvas.width - 74, 22], look);
    write(canvas, 'PHANTOM - NOT A PATIENT', [6, canvas.height - 14], small);
    ['2D', 'GAIN 52', 'C 50', 'P LOW', 'HPEN'].forEach((text, row) => write(canvas, text, [6, 60 + 16 * row], look));
  } else write(canvas, 'PHANTOM', [6, 22], look);
  fill(canvas, [canvas.width - 14, 60, canvas.width - 8, 62], white!);
  for (let row = 0; row < 90; row++)
    fill(
      canvas,
      [canvas.width - 14, 62 + row, canvas.width - 8, 63 + row],
      [255 - 2.7 * row, 255 - 2.7 * row, 255 - 2.7 * row],
    );
  if (marks === 'along-edge') return;
  const x = marks === 'right' ? canvas.width - 26 : 62;
  for (let centimetre = 0; centimetre <= fan.depth; centimetre++) {
    const y = fan.tip.y + centimetre * scaleOf(fan);
    fill(
      canvas,
      [x, y, x + (centimetre % 5 === 0 ? 6 : 3), y + 2].map(Math.round) as [number, number, number, number],
      dim!,
    );
    if (centimetre % 5 === 0 && centimetre > 0) write(canvas, String(centimetre), [x - 12, Math.round(y) - 2], small);
  }
}

/** What moves or lies over the sector's rim: marks along its edge, and the ECG with its running cursor. */
export function drawMoving(canvas: Canvas, fan: Fan, furniture: Furniture, seconds: number): void {
  if (furniture.marks === 'along-edge') drawEdgeMarks(canvas, fan);
  const base = canvas.height * (1 - furniture.traceAt) - 6;
  const sweep = 3.2;
  const [from, to] = [canvas.width * 0.14, canvas.width * 0.84];
  const now = seconds % sweep;
  let before = base;
  for (let x = Math.ceil(from); x < to; x++) {
    const at = ((x - from) / (to - from)) * sweep;
    if (at > now && at < now + 0.08) continue;
    const beat = at <= now ? seconds - now + at : seconds - now - sweep + at;
    const y = base - 22 * wave(((((beat * furniture.heartRate) / 60) % 1) + 1) % 1);
    line(canvas, [x - 1, before, x, y], green!);
    before = y;
  }
  fill(
    canvas,
    [0, 1]
      .map((side) => Math.round(from + (now / sweep) * (to - from)) + 2 * side)
      .flatMap((x, side) => [x, Math.round(base) + (side ? 6 : -14)]) as unknown as [number, number, number, number],
    green!,
  );
}

function drawEdgeMarks(canvas: Canvas, fan: Fan): void {
  const corner = outlineOf(fan)[1]!;
  for (let centimetre = 1; centimetre < fan.depth; centimetre++) {
    const share = centimetre / fan.depth;
    const x = fan.tip.x + (corner.x - fan.tip.x) * share;
    const y = fan.tip.y + (corner.y - fan.tip.y) * share;
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const)
      dot(canvas, x + dx, y + dy, white!);
  }
}

/** One beat of an ECG, about -0.3 to 1, with the R wave at 0. */
function wave(phase: number): number {
  const bump = (centre: number, width: number): number => Math.exp(-(((phase - centre) / width) ** 2));
  return bump(0, 0.012) + bump(1, 0.012) - 0.25 * bump(0.03, 0.012) + 0.25 * bump(0.3, 0.05) + 0.14 * bump(0.86, 0.03);
}
