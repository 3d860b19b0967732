import { expect, test } from '@jest/globals';
import { readHeader } from '#dicom/header';
import { decodeFrames } from '#dicom/pixels/decode';
import { judgeHeader } from '#domain/eligibility';
import { flickerOf } from '#image/flicker';
import { maskOutside } from '#image/mask';
import { spans, type Point } from '#image/polygon';
import { findSector, type Frame } from '#image/sector';
import { makePhantomClip } from '#models/phantom/clip';
import { sharedPath, testWith } from '#test/support/peers';

type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Numbers from 0 to 1 that are the same in every run. */
function lottery(seed: number): () => number {
  let at = seed;
  const { imul } = Math; // looked up once: in a test's own realm every look at a global is slow
  return () => {
    at = (imul(at, 1664525) + 1013904223) >>> 0;
    return at / 2 ** 32;
  };
}

const [width, height] = [640, 480];
const overlays: readonly Box[] = [
  [10, 10, 150, 30],
  [560, 60, 580, 300],
  [20, 414, 620, 470],
];

interface Scene {
  readonly apex: Point;
  readonly radius: number;
  /** Half the opening, in radians. */
  readonly half: number;
  /** Darkest left part of the sector: its speckle changes by this many grey levels only. */
  readonly rim?: number;
  /** Noise all over the frame, in grey levels. */
  readonly noise?: number;
  /** Without its lowest part of this height, as where a scanner cuts the sector. */
  readonly cutFrom?: number;
}

function isInFan({ apex, radius, half, cutFrom = height }: Scene, x: number, y: number): boolean {
  const [dx, dy] = [x + 0.5 - apex.x, y + 0.5 - apex.y];
  return dy > 0 && y < cutFrom && Math.hypot(dx, dy) <= radius && Math.abs(Math.atan2(dx, dy)) <= half;
}

/** Ten frames of speckle in a fan, with static text, a static scale, and below an ECG with a bar that sweeps over it. */
function scene(given: Scene): { readonly frames: readonly Frame[]; readonly truth: Uint8Array } {
  const draw = lottery(7);
  const truth = new Uint8Array(width * height);
  for (let at = 0; at < truth.length; at++) truth[at] = isInFan(given, at % width, Math.trunc(at / width)) ? 1 : 0;
  const frames = Array.from({ length: 10 }, (_, frame) => {
    const data = new Uint8Array(width * height * 3);
    const paint = (x: number, y: number, level: number) => {
      const at = 3 * (y * width + x);
      data[at] = data[at + 1] = data[at + 2] = level;
    };
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const isRim = given.rim !== undefined && x < given.apex.x - 60;
        const speckle = isRim ? 2 + draw() * given.rim : 20 + draw() * 120;
        const noise = draw() * (given.noise ?? 0);
        paint(x, y, truth[y * width + x] ? speckle + noise : noise);
      }
    for (const [x0, y0, x1, y1] of overlays.slice(0, 2))
      for (let y = y0; y < y1; y += 2) for (let x = x0; x < x1; x += 3) paint(x, y, 230);
    for (let y = 415; y < 445; y++) for (let x = 20 + 60 * frame; x < 80 + 60 * frame; x++) paint(x, y, 90);
    for (let x = 20; x < 20 + 60 * (frame + 1); x++) paint(x, 455 + Math.round(12 * Math.sin(x / 5)), 200);
    return { data, width, height };
  });
  return { frames, truth };
}

/** Shares of the truth that are kept, and of what is kept that is beyond the truth. */
function agreement(
  truth: Uint8Array,
  polygon: readonly Point[],
  size = { width, height },
): { readonly kept: number; readonly beyond: number } {
  let [inside, outside] = [0, 0];
  for (const { y, from, to } of spans(polygon, size.width, size.height))
    for (let x = from; x < to; x++)
      if (truth[y * size.width + x] === 1) inside++;
      else outside++;
  return { kept: inside / truth.reduce((sum, bit) => sum + bit, 0), beyond: outside / (inside + outside) };
}

function brightestIn(frame: Uint8Array, columns: number, [x0, y0, x1, y1]: Box): number {
  let brightest = 0;
  for (let y = y0; y < y1; y++)
    for (let at = 3 * (y * columns + x0); at < 3 * (y * columns + x1); at++)
      brightest = Math.max(brightest, frame[at]!);
  return brightest;
}

const plain: Scene = { apex: { x: 320, y: 40 }, radius: 370, half: 0.7 };

test.each<[string, Scene, number]>([
  ['a whole fan', plain, 0.04],
  ['a narrow fan', { ...plain, half: 0.4 }, 0.05],
  ['a fan whose apex lies above the frame', { apex: { x: 320, y: -60 }, radius: 470, half: 0.6 }, 0.04],
  ['a fan that is wider than the frame', { apex: { x: 320, y: -40 }, radius: 460, half: 0.8 }, 0.05],
  ['a fan with a faint rim', { ...plain, rim: 9 }, 0.04],
  ['a fan that is cut off below', { ...plain, cutFrom: 330 }, 0.05],
  ['a fan in a noisy frame', { ...plain, noise: 10 }, 0.06],
])('%s is found: 99 of 100 pixels are kept, and little beyond', (_, given, beyondMax) => {
  const { frames, truth } = scene(given);
  const found = agreement(truth, findSector(frames)!);
  expect(found.kept).toBeGreaterThan(0.99);
  expect(found.beyond).toBeLessThan(beyondMax);
});

test('text, scales and the ECG are removed', () => {
  const { frames } = scene(plain);
  const masked = maskOutside(frames.at(-1)!, findSector(frames)!);
  for (const box of overlays) {
    expect(brightestIn(frames.at(-1)!.data, width, box)).toBeGreaterThan(150);
    expect(brightestIn(masked, width, box)).toBe(0);
  }
});

test('where nothing flickers, or nothing large, or there is one frame only, no sector is found', () => {
  const { frames } = scene(plain);
  const [first] = frames;
  expect(findSector([first!, first!, first!])).toBeUndefined();
  expect(findSector([first!])).toBeUndefined();
  expect(findSector([])).toBeUndefined();
  expect(findSector(scene({ ...plain, radius: 60 }).frames)).toBeUndefined();
});

test('what lies outside the bounds that the header gives is not looked at', () => {
  const polygon = findSector(scene(plain).frames, { x0: 0, y0: 0, x1: 640, y1: 300 })!;
  expect(Math.max(...polygon.map(({ y }) => y))).toBeLessThan(310);
});

test.each(['A4C', 'PLAX', 'PSAX'] as const)('the sector of a phantom in view %s is found', (view) => {
  const phantom = makePhantomClip({ seed: 'sector', view, frames: 10 });
  const { rows, columns } = phantom;
  const truth = new Uint8Array(rows * columns);
  for (const { y, from, to } of spans(phantom.truth.sector, columns, rows))
    truth.fill(1, y * columns + from, y * columns + to);
  const frames = phantom.frames.map((data) => ({ data, width: columns, height: rows }));
  const found = agreement(truth, findSector(frames, phantom.regions[0]!.box)!, { width: columns, height: rows });
  expect(found.kept).toBeGreaterThan(0.99);
  expect(found.beyond).toBeLessThan(0.06);
});

// Apical four-chamber clips of scanners, with the boxes in which each writes.
for (const [name, written] of [
  ['I_000009.dcm', []],
  ['I_000015.dcm', []],
  [
    'examples_ybr_color.dcm',
    [
      [0, 0, 44, 40],
      [296, 8, 320, 200],
      [0, 220, 320, 240],
    ],
  ],
  [
    'I_000002.dcm',
    [
      [0, 335, 60, 420],
      [60, 365, 320, 420],
      [460, 10, 480, 200],
      [350, 60, 450, 110],
    ],
  ],
] as const)
  testWith([`shared:corpus/us/${name}`], `of ${name} 99 % of what moves is kept, and no writing`, async () => {
    const path = sharedPath('corpus', 'us', name);
    const facts = readHeader(path);
    const frameIndices = Array.from({ length: facts.image!.frames }, (_, index) => index);
    const { rows, columns, pixels } = await decodeFrames(path, frameIndices);
    const frames = pixels.map((data) => ({ data, width: columns, height: rows })) as unknown as [Frame, ...Frame[]];
    const judged = judgeHeader(facts, 2);
    expect(judged.kind).toBe('eligible');
    const polygon = findSector(frames, judged.kind === 'eligible' ? judged.region : undefined)!;
    const { levels } = flickerOf(frames, { x0: 0, y0: 0, x1: columns, y1: rows }, { block: 1, enough: 255 });
    for (const [x0, y0, x1, y1] of written)
      for (let y = y0; y < y1; y++) levels.fill(0, y * columns + x0, y * columns + x1);
    let kept = 0;
    for (const { y, from, to } of spans(polygon, columns, rows))
      for (let x = from; x < to; x++) kept += levels[y * columns + x]!;
    expect(kept / levels.reduce((sum, level) => sum + level, 0)).toBeGreaterThan(0.99);
    const masked = maskOutside(frames[0], polygon);
    for (const box of written) expect([box, brightestIn(masked, columns, box)]).toEqual([box, 0]);
  });
