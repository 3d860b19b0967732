import type { Polygon } from '#domain/geometry';
import type { UltrasoundRegion } from '#domain/instance';
import { cellsWithin } from './echo.ts';
import type { Examination, Picture } from './examination.ts';
import { beams, samples, scaleOf, toPixels } from './fan.ts';
import { line, type Colour } from './glyphs.ts';
import { convert } from './scan-conversion.ts';

/** The colour box, as shares of the polar grid. */
const box = { beamFrom: 0.36, beamTo: 0.74, sampleFrom: 0.34, sampleTo: 0.88 };

/** Draws flow in the chambers over a picture, within the colour box. */
export function colourFlow(examination: Examination, { frame, scene, moment }: Picture): void {
  const { fan, conversion, speckle } = examination;
  const velocities = new Float32Array(beams * samples);
  for (const { id, polygon } of scene) {
    const velocity =
      id === 'left-ventricle' || id === 'left-atrium' || id === 'right-ventricle'
        ? 1.0 * moment.inflow - 0.7 * moment.outflow
        : id === 'aorta'
          ? -1.2 * moment.outflow
          : 0;
    for (const { from, to } of cellsWithin(polygon, fan)) velocities.fill(velocity, from, to);
  }
  const code = new Uint8Array(beams * samples);
  const inBox = insideBox();
  for (let cell = 0; cell < code.length; cell++) {
    if (!inBox[cell]) continue;
    const noise = speckle.real[(cell + Math.round(moment.phase * 4096)) % speckle.real.length]!;
    const velocity = velocities[cell]! * (1 + 0.25 * noise) + 0.12 * noise;
    if (Math.abs(velocity) > 0.28 && velocities[cell] !== 0)
      code[cell] = 128 + Math.max(-127, Math.min(127, 100 * wrap(velocity)));
  }
  const layer = new Uint8Array(frame.length);
  convert(conversion, code, flowMap, layer);
  for (let at = 0; at < frame.length; at += 3)
    if (layer[at]! + layer[at + 1]! + layer[at + 2]! > 60) frame.set(layer.subarray(at, at + 3), at);
  const outline = boxOutline(examination);
  const canvas = { data: frame, width: fan.columns, height: fan.rows };
  for (const [index, a] of outline.entries()) {
    const b = outline[(index + 1) % outline.length]!;
    line(canvas, [a.x, a.y, b.x, b.y], [90, 210, 90]);
  }
  for (let row = 0; row < 120; row++) line(canvas, [20, 160 + row, 30, 160 + row], flowColour(255 - row * 2.1));
}

/** Velocities beyond the Nyquist limit come back from the other side. */
function wrap(velocity: number): number {
  return velocity > 1.27 ? velocity - 2.54 : velocity < -1.27 ? velocity + 2.54 : velocity;
}

function insideBox(): Uint8Array {
  const inside = new Uint8Array(beams * samples);
  for (let beam = Math.round(box.beamFrom * beams); beam < box.beamTo * beams; beam++)
    inside.fill(
      1,
      beam * samples + Math.round(box.sampleFrom * samples),
      beam * samples + Math.round(box.sampleTo * samples),
    );
  return inside;
}

function boxOutline({ fan }: Examination): Polygon {
  const at = (beam: number, sample: number) => {
    const [angle, radius] = [fan.halfAngle * (2 * beam - 1), sample * fan.depth];
    return toPixels(fan, { x: radius * Math.sin(angle), y: radius * Math.cos(angle) });
  };
  const arc = (sample: number) =>
    Array.from({ length: 17 }, (_, step) => at(box.beamFrom + ((box.beamTo - box.beamFrom) * step) / 16, sample));
  return [...arc(box.sampleFrom), ...arc(box.sampleTo).reverse()];
}

/** Towards the probe red to yellow, away from it blue to cyan; 0 is no flow. */
function flowColour(code: number): Colour {
  if (code === 0) return [0, 0, 0];
  const speed = (code - 128) / 127;
  return speed > 0 ? [150 + 105 * speed, 200 * speed ** 1.5, 10] : [10, 200 * (-speed) ** 1.5, 150 - 105 * speed];
}

const flowMap = Uint8Array.from(Array.from({ length: 256 }, (_, code) => flowColour(code)).flat());

/** The colour box as the header calibrates it. */
export function colourRegion(examination: Examination): UltrasoundRegion {
  const outline = boxOutline(examination);
  const [xs, ys] = [outline.map(({ x }) => x), outline.map(({ y }) => y)];
  const delta = 1 / scaleOf(examination.fan);
  return {
    box: {
      x0: Math.floor(Math.min(...xs)),
      y0: Math.floor(Math.min(...ys)),
      x1: Math.ceil(Math.max(...xs)),
      y1: Math.ceil(Math.max(...ys)),
    },
    spatialFormat: 1,
    dataType: 2,
    flags: 3,
    unitsX: 3,
    unitsY: 3,
    deltaX: delta,
    deltaY: delta,
  };
}
