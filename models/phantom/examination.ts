import type { Polygon } from '#domain/geometry';
import type { UltrasoundRegion } from '#domain/instance';
import { boxOf, outlineOf, scaleOf, toPixels, type Fan } from './fan.ts';
import { drawFurniture, drawMoving, drawStill, type Furniture } from './furniture.ts';
import { momentOf, type Heart, type Moment } from './heart.ts';
import { drawMachine, type Machine } from './machine.ts';
import { echoes } from './echo.ts';
import { randomOf, type Random } from './random.ts';
import { convert, scanConversion, type ScanConversion } from './scan-conversion.ts';
import type { Scene } from './scene.ts';
import { clip } from './shapes.ts';
import { makeSpeckle, type Speckle } from './speckle.ts';
import type { FrameTruth } from './clip.ts';
import { depths, scenes, type PhantomView } from './views/of-view.ts';

/** A heart, a probe held before it, and a machine: all that does not change from frame to frame. */
export interface Examination {
  readonly seed: string;
  readonly view: PhantomView;
  readonly heart: Heart;
  readonly fan: Fan;
  readonly outline: Polygon;
  readonly machine: Machine;
  readonly speckle: Speckle;
  readonly conversion: ScanConversion;
  readonly furniture: Furniture;
  readonly pose: Pose;
  /** Where in its cycle the heart is when the recording starts. */
  readonly phaseAtStart: number;
  /** The frame before anything alive is drawn into it. */
  readonly still: Uint8Array;
}

/** How the probe is held, away from the textbook. */
interface Pose {
  readonly angle: number;
  readonly scale: number;
  readonly right: number;
  readonly down: number;
}

/** Sets an examination up. */
export function examine(wish: {
  seed: number | string;
  view: PhantomView;
  heart: Heart;
  patient: string;
}): Examination {
  const { seed, view, heart, patient } = wish;
  const random = randomOf(seed, view, 'examination');
  const fan = drawFan(random, view);
  const furniture = drawFurniture(random, patient, heart.heartRate);
  const still = new Uint8Array(fan.rows * fan.columns * 3);
  drawStill({ data: still, width: fan.columns, height: fan.rows }, fan, furniture);
  return {
    seed: String(seed),
    view,
    heart,
    fan,
    outline: outlineOf(fan),
    machine: drawMachine(random, fan),
    speckle: makeSpeckle(random),
    conversion: scanConversion(fan),
    furniture,
    pose: {
      angle: 0.06 * random.normal(),
      scale: random.between(0.97, 1.03),
      right: 0.3 * random.normal(),
      down: random.between(-0.3, 0.3),
    },
    phaseAtStart: random.next(),
    still,
  };
}

function drawFan(random: Random, view: PhantomView): Fan {
  const [rows, columns] = random.pick([
    [480, 640],
    [600, 800],
    [434, 636],
  ] as const);
  const halfAngle = random.between(0.66, 0.76);
  const tip = { x: columns / 2 + random.between(-6, 6), y: rows * random.between(0.045, 0.075) };
  const radius = Math.min(rows * random.between(0.78, 0.83), (columns / 2 - 14) / Math.sin(halfAngle));
  return { rows, columns, tip, halfAngle, radius, depth: depths[view] + random.between(-0.7, 0.9) };
}

/** One frame, with what is known of it. */
export interface Picture {
  readonly frame: Uint8Array;
  readonly truth: FrameTruth;
  readonly moment: Moment;
  readonly scene: Scene;
}

/** The picture at a time of the recording, in seconds. */
export function picture(examination: Examination, seconds: number): Picture {
  const { fan, furniture, still, machine, conversion } = examination;
  const moment = momentAt(examination, seconds);
  const scene = sceneAt(examination, moment, seconds);
  const frame = still.slice();
  convert(conversion, beamsAt(examination, scene, moment, seconds), machine.tint, frame);
  drawMoving(
    { data: frame, width: fan.columns, height: fan.rows },
    fan,
    furniture,
    seconds + examination.phaseAtStart * (60 / furniture.heartRate),
  );
  return { frame, moment, scene, truth: frameTruth(examination, scene, moment) };
}

/** The heart's state at a time. */
export function momentAt({ heart, phaseAtStart }: Examination, seconds: number): Moment {
  return momentOf(heart, (phaseAtStart + (seconds * heart.heartRate) / 60) % 1);
}

/** The grey levels along the beams. */
export function beamsAt(
  { fan, machine, speckle }: Examination,
  scene: Scene,
  moment: Moment,
  seconds: number,
): Uint8Array {
  return echoes(scene, fan, machine, {
    ...speckle,
    drift: 9 * moment.contraction,
    turn: 2 * Math.PI * 1.3 * seconds,
    noiseAt: Math.round(seconds * 30) * 37,
  });
}

/** The scene at a time: the view's, as the probe is held and as breathing moves it. */
export function sceneAt({ view, heart, pose }: Examination, moment: Moment, seconds: number): Scene {
  const breath = 0.12 * Math.sin((2 * Math.PI * seconds) / 4.1);
  const [sine, cosine] = [pose.scale * Math.sin(pose.angle), pose.scale * Math.cos(pose.angle)];
  const pivot = 7;
  return scenes[view](heart, moment).map((structure) => ({
    ...structure,
    polygon: structure.polygon.map(({ x, y }) => ({
      x: x * cosine + (y - pivot) * sine + pose.right,
      y: pivot - x * sine + (y - pivot) * cosine + pose.down + breath,
    })),
  }));
}

/** What is known of one frame. */
export function frameTruth({ fan, outline }: Examination, scene: Scene, moment: Moment): FrameTruth {
  return {
    phase: moment.phase,
    leftVentricleVolume: moment.volume,
    structures: scene.flatMap(({ id, polygon }) => {
      if (!id) return [];
      const seen = clip(
        polygon.map((point) => toPixels(fan, point)),
        outline,
      );
      return seen.length < 3 ? [] : [{ id, polygon: seen }];
    }),
  };
}

/** The tissue region as the header calibrates it (PS3.3 section C.8.5.5). */
export function regionOf(fan: Fan): UltrasoundRegion {
  const delta = 1 / scaleOf(fan);
  return {
    box: boxOf(fan),
    spatialFormat: 1,
    dataType: 1,
    flags: 2,
    unitsX: 3,
    unitsY: 3,
    deltaX: delta,
    deltaY: delta,
  };
}
