import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { findSector } from '#image/sector';
import { spans, type Point } from '#image/polygon';
import { makePhantomClip, type PhantomClip } from '#models/phantom/clip';
import { drawHeart, momentOf } from '#models/phantom/heart';
import { randomOf } from '#models/phantom/random';
import { scenes, type PhantomView } from '#models/phantom/views/of-view';

const views = Object.keys(scenes) as PhantomView[];

const digest = ({ frames }: PhantomClip): string => createHash('sha256').update(Buffer.concat(frames)).digest('hex');

/** Pixels within a polygon of one frame. */
function area(polygon: readonly Point[], { columns, rows }: PhantomClip): number {
  let pixels = 0;
  for (const { from, to } of spans(polygon, columns, rows)) pixels += to - from;
  return pixels;
}

function within(polygon: readonly Point[], { columns, rows }: PhantomClip): Uint8Array {
  const inside = new Uint8Array(columns * rows);
  for (const { y, from, to } of spans(polygon, columns, rows)) inside.fill(1, y * columns + from, y * columns + to);
  return inside;
}

test('the same seed gives the same bytes, another seed others', () => {
  const wish = { seed: 7, view: 'A4C', frames: 2 } as const;
  expect(digest(makePhantomClip(wish))).toBe(digest(makePhantomClip(wish)));
  expect(digest(makePhantomClip({ ...wish, seed: 8 }))).not.toBe(digest(makePhantomClip(wish)));
});

describe.each(views)('%s', (view) => {
  const clip = makePhantomClip({ seed: `test ${view}`, view, frames: 6, frameTimeMs: 120 });

  test('what is true of a frame lies within the sector', () => {
    for (const { structures } of clip.truth.frames) {
      expect(structures.length).toBeGreaterThan(0);
      for (const { polygon } of structures) {
        const sector = clip.truth.sector;
        const [left, top] = [Math.min(...sector.map(({ x }) => x)), Math.min(...sector.map(({ y }) => y))];
        const [right, bottom] = [Math.max(...sector.map(({ x }) => x)), Math.max(...sector.map(({ y }) => y))];
        for (const { x, y } of polygon) {
          expect(x).toBeGreaterThanOrEqual(left - 0.01);
          expect(x).toBeLessThanOrEqual(right + 0.01);
          expect(y).toBeGreaterThanOrEqual(top - 0.01);
          expect(y).toBeLessThanOrEqual(bottom + 0.01);
        }
      }
    }
  });

  test('the agent finds the sector in its pixels, and keeps nearly all of it', () => {
    const pictures = clip.frames.map((data) => ({ data, width: clip.columns, height: clip.rows }));
    const found = within(findSector(pictures, clip.regions[0]!.box) ?? [], clip);
    const truth = within(clip.truth.sector, clip);
    let [kept, all, outside] = [0, 0, 0];
    for (const [at, isTrue] of truth.entries()) {
      all += isTrue;
      kept += isTrue & found[at]!;
      outside += found[at]! & (1 - isTrue);
    }
    expect(kept / all).toBeGreaterThan(0.97);
    expect(outside / all).toBeLessThan(0.1);
  });
});

test('the ventricle is as much smaller at end-systole as its ejection fraction says', () => {
  const heart = drawHeart(randomOf('fraction'), { ejectionFraction: 55 });
  const [full, empty] = [momentOf(heart, 0).volume, momentOf(heart, 0.38).volume];
  expect((100 * (full - empty)) / full).toBeCloseTo(55, 5);
});

test('a weak ventricle is larger and rounder', () => {
  const [weak, strong] = [15, 70].map((ejectionFraction) => drawHeart(randomOf('prior'), { ejectionFraction }));
  expect(weak!.endDiastolicVolume).toBeGreaterThan(1.8 * strong!.endDiastolicVolume);
  expect(weak!.sphericity).toBeGreaterThan(1.3 * strong!.sphericity);
});

test('a lead is brighter than the blood around it, and only there where the heart has one', () => {
  const wish = { seed: 3, view: 'A4C', frames: 1 } as const;
  const bright = makePhantomClip({ ...wish, heart: { hasPacemakerLead: true } });
  const lead = bright.truth.frames[0]!.structures.find(({ id }) => id === 'pacemaker-lead')!;
  const without = makePhantomClip({ ...wish, heart: { hasPacemakerLead: false } });
  expect(without.truth.frames[0]!.structures.some(({ id }) => id === 'pacemaker-lead')).toBe(false);
  const mean = (clip: PhantomClip): number => {
    let sum = 0;
    for (const { y, from, to } of spans(lead.polygon, clip.columns, clip.rows))
      for (let x = from; x < to; x++) sum += clip.frames[0]![3 * (y * clip.columns + x) + 1]!;
    return sum / area(lead.polygon, clip);
  };
  expect(mean(bright)).toBeGreaterThan(mean(without) + 60);
});
