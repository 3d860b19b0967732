import { describe, expect, test } from '@jest/globals';
import { decodeFrames } from '#dicom/pixels/decode';
import { hasColourBar } from '#image/colour-bar';
import { flowShare } from '#image/colour-flow';
import type { Frame } from '#image/flicker';
import { findSector } from '#image/sector';
import { clearlyColoured, colouredPixels, tintOf } from '#image/tint';
import { isFlow } from '#domain/eligibility';
import { makePhantomClip, type PhantomClip, type PhantomKind } from '#models/phantom/clip';
import { line, write, type Canvas } from '#models/phantom/glyphs';
import { sharedPath, testWith } from '#test/support/peers';

// What is flow, and what only looks like it: tints, traces, letters, logos.

function framesOf(kind: PhantomKind, view: 'A4C' | 'SSN' = 'A4C'): readonly Frame[] {
  const clip: PhantomClip = makePhantomClip({ seed: 'colour', view, kind, frames: 4, frameTimeMs: 190 });
  return clip.frames.map((data) => ({ data, width: clip.columns, height: clip.rows }));
}

function colourOf(frames: readonly Frame[]) {
  const sector = findSector(frames)!;
  const [tint, { width, height }] = [tintOf(frames, sector), frames[0]!];
  const bounds = { x0: 0, y0: 0, x1: width, y1: height };
  const coloured = frames.map((frame) => colouredPixels(frame, { bounds, tint, least: clearlyColoured }));
  return { isFlow: isFlow(flowShare(frames, coloured, sector)), hasBar: hasColourBar(frames[0]!, sector) };
}

type Stop = readonly [grey: number, red: number, green: number, blue: number];

/** Grey scales in colour that scanners offer, as points of a curve. */
const tints: Readonly<Record<string, readonly Stop[]>> = {
  sepia: [[0, 0, 0, 0], [128, 150, 110, 60], [255, 255, 240, 200]],
  candle: [[0, 0, 0, 0], [90, 140, 60, 10], [180, 230, 160, 70], [255, 255, 250, 220]],
  blue: [[0, 0, 0, 0], [128, 50, 100, 170], [255, 220, 240, 255]],
  fire: [[0, 0, 0, 0], [85, 200, 20, 0], [170, 255, 180, 0], [255, 255, 255, 255]],
}; // prettier-ignore

const { abs } = Math; // looked up once: in a test's own realm every look at a global is slow

/** Colours what is grey. */
function tinted(frames: readonly Frame[], stops: readonly Stop[]): readonly Frame[] {
  const colours = Array.from({ length: 256 }, (_, grey) => {
    const next = Math.max(1, stops.findIndex(([at]) => at >= grey)); // prettier-ignore
    const [from, to] = [stops[next - 1]!, stops[next]!];
    const share = (grey - from[0]) / (to[0] - from[0]);
    return [1, 2, 3].map((channel) => from[channel]! + share * (to[channel]! - from[channel]!));
  });
  return frames.map((frame) => {
    const data = frame.data.slice();
    for (let at = 0; at < data.length; at += 3) {
      const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
      const isGrey = abs(red - green) < 24 && abs(blue - green) < 24;
      if (isGrey) data.set(colours[green]!, at);
    }
    return { ...frame, data };
  });
}

const plain = framesOf('b-mode');

/** The frames with something drawn into each. */
const drawn = (draw: (canvas: Canvas, frame: number) => void): readonly Frame[] =>
  plain.map((frame, index) => {
    const data = frame.data.slice();
    draw({ ...frame, data }, index);
    return { ...frame, data };
  });

describe('B-mode has no flow', () => {
  test('as it is', () => {
    expect(colourOf(plain)).toEqual({ isFlow: false, hasBar: false });
  });

  test.each(Object.keys(tints))('tinted: %s, with its scale', (name) => {
    expect(colourOf(tinted(plain, tints[name]!))).toEqual({ isFlow: false, hasBar: false });
  });

  test('with an ECG that runs through the middle of the sector, three pixels thick', () => {
    const frames = drawn((canvas, frame) => {
      for (let x = 100; x < canvas.width - 100; x++) {
        const beat = (x + 37 * frame) % 90;
        const y = canvas.height / 2 - (beat < 8 ? 50 * (1 - Math.abs(beat - 4) / 4) : 0);
        const before = canvas.height / 2 - (beat > 0 && beat < 9 ? 50 * (1 - Math.abs(beat - 5) / 4) : 0);
        for (const down of [0, 1, 2]) line(canvas, [x, before + down, x, y + down], [40, 225, 60]);
      }
    });
    expect(colourOf(frames).isFlow).toBe(false);
  });

  test('with a clock in colour, a logo, and a red and a blue button beside the sector', () => {
    const frames = drawn((canvas, frame) => {
      const [middle, below] = [canvas.width / 2, canvas.height / 2];
      write(canvas, `00:0${frame}:${17 * frame}`, [middle - 60, below], { size: 3, colour: [250, 220, 40] });
      for (let row = 0; row < 30; row++) line(canvas, [middle, 90 + row, middle + 30, 90 + row], [30, 60, 230]);
      for (let row = 0; row < 60; row++)
        line(canvas, [20, 200 + row, 40, 200 + row], row < 30 ? [220, 30, 30] : [30, 30, 220]);
    });
    expect(colourOf(frames)).toEqual({ isFlow: false, hasBar: false });
  });
});

describe('colour Doppler', () => {
  const flow = framesOf('colour-doppler');

  test('has flow, and a scale of velocities', () => {
    expect(colourOf(flow)).toEqual({ isFlow: true, hasBar: true });
  });

  test.each(Object.keys(tints))('over tinted tissue too: %s', (name) => {
    expect(colourOf(tinted(flow, tints[name]!))).toEqual({ isFlow: true, hasBar: true });
  });

  test('in a single frame of many is enough', () => {
    expect(colourOf([flow[2]!, ...plain]).isFlow).toBe(true);
  });
});

/** Real cines: their name, their frames, and whether they are colour Doppler. */
const real: readonly (readonly [name: string, frames: number, isColour: boolean])[] = [
  ['I_000002.dcm', 34, false],
  ['I_000007.dcm', 10, false],
  ['I_000009.dcm', 10, false],
  ['I_000015.dcm', 15, false],
  ['examples_ybr_color.dcm', 30, false],
  ['1.2.840.113543.6.6.1.1.2.2415947926921624359.201235357587280', 10, false],
  ['I_000003.dcm', 17, true],
  ['I_000036.dcm', 70, true],
  ['IM00001.fragmented_no_bot_jpeg_baseline.50.dcm', 8, true],
  ['palette-multiframe-jpeg-ls.dcm', 10, true],
];

describe.each(real)('%s', (name, count, isColour) => {
  testWith(
    [`shared:corpus/us/${name}`],
    isColour ? 'is seen to be colour Doppler' : 'is seen to be B-mode',
    async () => {
      const every = Array.from({ length: Math.min(count, 24) }, (_, index) => index);
      const { rows: height, columns: width, pixels } = await decodeFrames(sharedPath('corpus', 'us', name), every);
      const found = colourOf(pixels.map((data) => ({ data, width, height })));
      expect(found.isFlow || found.hasBar).toBe(isColour);
    },
  );
});
