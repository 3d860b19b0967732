import type { UltrasoundRegion } from '#domain/instance';
import type { FrameTruth } from './clip.ts';
import { beamsAt, frameTruth, momentAt, picture, sceneAt, type Examination } from './examination.ts';
import { beams, boxOf, samples, scaleOf, type Fan } from './fan.ts';
import { fill, line, type Canvas } from './glyphs.ts';
import { scanConversion } from './scan-conversion.ts';

export type StripKind = 'spectral-doppler' | 'm-mode';

const sweepSeconds = 3.2;

/** A still with a small sector above and a strip over time below. */
export function drawStrip(
  examination: Examination,
  kind: StripKind,
): { frame: Uint8Array; regions: UltrasoundRegion[]; truth: FrameTruth } {
  const { rows, columns } = examination.fan;
  const small = shrunk(examination);
  const { frame, scene, moment } = picture(small, 0.1);
  const canvas = { data: frame, width: columns, height: rows };
  const box = { x0: 40, y0: Math.round(rows * 0.5), x1: columns - 40, y1: rows - 40 };
  fill(canvas, [box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1], [50, 60, 90]);
  if (kind === 'm-mode') drawMMode(canvas, box, examination);
  else drawSpectrum(canvas, box, examination);
  const { fan } = small;
  line(canvas, [fan.tip.x, fan.tip.y, fan.tip.x, fan.tip.y + fan.radius], [230, 230, 120]);
  const plane = {
    spatialFormat: 1,
    dataType: 1,
    flags: 2,
    unitsX: 3,
    unitsY: 3,
    deltaX: 1 / scaleOf(fan),
    deltaY: 1 / scaleOf(fan),
  };
  const across = sweepSeconds / (box.x1 - box.x0);
  const below =
    kind === 'm-mode'
      ? {
          spatialFormat: 2,
          dataType: 1,
          flags: 2,
          unitsX: 4,
          unitsY: 3,
          deltaX: across,
          deltaY: examination.fan.depth / (box.y1 - box.y0),
        }
      : {
          spatialFormat: 3,
          dataType: 3,
          flags: 2,
          unitsX: 4,
          unitsY: 7,
          deltaX: across,
          deltaY: velocitySpan / (box.y1 - box.y0),
        };
  return {
    frame,
    regions: [
      { box: boxOf(fan), ...plane },
      { box, ...below },
    ],
    truth: frameTruth(small, scene, moment),
  };
}

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The same examination with a sector that leaves room below. */
function shrunk(examination: Examination): Examination {
  const fan: Fan = { ...examination.fan, radius: examination.fan.rows * 0.4 };
  const furniture = { ...examination.furniture, traceAt: 0.005 };
  return { ...examination, fan, furniture, conversion: scanConversion(fan) };
}

/** One beam, over and over: motion along it. */
function drawMMode({ data, width }: Canvas, box: Box, examination: Examination): void {
  const across = box.x1 - box.x0;
  const moments = 80;
  for (let index = 0; index < moments; index++) {
    const seconds = (index / moments) * sweepSeconds;
    const moment = momentAt(examination, seconds);
    const grey = beamsAt(examination, sceneAt(examination, moment, seconds), moment, seconds);
    const [from, to] = [index, index + 1].map((edge) => box.x0 + Math.floor((edge * across) / moments)) as [
      number,
      number,
    ];
    for (let y = box.y0; y < box.y1; y++) {
      const sample = Math.floor(((y - box.y0) / (box.y1 - box.y0)) * samples);
      for (let x = from; x < to; x++)
        data.fill(grey[(beams >> 1) * samples + sample]!, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
}

/** Span of the spectrum in centimetres a second. */
const velocitySpan = 200;

/** Mitral inflow by pulsed wave: two humps a beat above the base line. */
function drawSpectrum({ data, width }: Canvas, box: Box, examination: Examination): void {
  const base = Math.round(box.y0 + 0.7 * (box.y1 - box.y0));
  const { real, imaginary } = examination.speckle;
  for (let x = box.x0; x < box.x1; x++) {
    const seconds = ((x - box.x0) / (box.x1 - box.x0)) * sweepSeconds;
    const { inflow, outflow } = momentAt(examination, seconds);
    for (let y = box.y0; y < box.y1; y++) {
      const cell = (y * 512 + x * 3) % real.length;
      const noise = Math.hypot(real[cell]!, imaginary[cell]!);
      const velocity = ((base - y) / (box.y1 - box.y0)) * velocitySpan;
      const peak = 95 * inflow - 22 * outflow;
      const within = velocity * peak > 0 && Math.abs(velocity) < Math.abs(peak);
      const near = within ? Math.exp(-(((Math.abs(peak) - Math.abs(velocity)) / 26) ** 2)) : 0;
      const value = Math.min(255, 12 * noise + 200 * near * noise + (y === base ? 120 : 0));
      data.fill(value, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
}
