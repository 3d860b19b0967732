import type { Photometric } from './transfer-syntax.ts';

/** Samples of all frames in one photometric interpretation, and what the header says of them. */
export interface PhantomSamples {
  /** One array a frame, in the order in which they are stored uncompressed. */
  readonly frames: readonly Uint8Array[];
  readonly samplesPerPixel: 1 | 3;
  /** Attributes of the Image Pixel module that depend on it (PS3.3 section C.7.6.3). */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** RGB frames as samples of another photometric interpretation (PS3.3 section C.7.6.3.1.2). */
export function samplesOf(frames: readonly Uint8Array[], photometric: Photometric): PhantomSamples {
  switch (photometric) {
    case 'rgb':
      return { frames, samplesPerPixel: 3, attributes: coloured('RGB') };
    case 'rgb-planar':
      return { frames: frames.map(planar), samplesPerPixel: 3, attributes: coloured('RGB', 1) };
    case 'ybr-full':
      return { frames: frames.map(toYbr), samplesPerPixel: 3, attributes: coloured('YBR_FULL') };
    case 'ybr-full-422':
      return {
        frames: frames.map((frame) => halved(toYbr(frame))),
        samplesPerPixel: 3,
        attributes: coloured('YBR_FULL_422'),
      };
    case 'palette-color':
      return indexed(frames);
    case 'monochrome2':
      return { frames: frames.map(grey), samplesPerPixel: 1, attributes: { PhotometricInterpretation: 'MONOCHROME2' } };
    // The transforms of JPEG 2000 are made by its encoder, out of RGB.
    case 'ybr-rct':
      return { frames, samplesPerPixel: 3, attributes: coloured('YBR_RCT') };
    case 'ybr-ict':
      return { frames, samplesPerPixel: 3, attributes: coloured('YBR_ICT') };
  }
}

function coloured(interpretation: string, planarConfiguration: 0 | 1 = 0) {
  return { PhotometricInterpretation: interpretation, PlanarConfiguration: planarConfiguration };
}

function planar(frame: Uint8Array): Uint8Array {
  const pixels = frame.length / 3;
  return Uint8Array.from({ length: frame.length }, (_, at) => frame[3 * (at % pixels) + Math.floor(at / pixels)]!);
}

/** ITU-R BT.601 in full range. */
function toYbr(frame: Uint8Array): Uint8Array {
  const ybr = new Uint8Array(frame.length);
  for (let at = 0; at < frame.length; at += 3) {
    const [red, green, blue] = [frame[at]!, frame[at + 1]!, frame[at + 2]!];
    ybr[at] = clamped(0.299 * red + 0.587 * green + 0.114 * blue);
    ybr[at + 1] = clamped(-0.168736 * red - 0.331264 * green + 0.5 * blue + 128);
    ybr[at + 2] = clamped(0.5 * red - 0.418688 * green - 0.081312 * blue + 128);
  }
  return ybr;
}

function clamped(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Y Y Cb Cr for each pair of pixels. */
function halved(ybr: Uint8Array): Uint8Array {
  const pairs = new Uint8Array((ybr.length / 3) * 2);
  for (let pair = 0; pair < ybr.length / 6; pair++) {
    const at = 6 * pair;
    pairs[4 * pair] = ybr[at]!;
    pairs[4 * pair + 1] = ybr[at + 3]!;
    pairs[4 * pair + 2] = (ybr[at + 1]! + ybr[at + 4]! + 1) >> 1;
    pairs[4 * pair + 3] = (ybr[at + 2]! + ybr[at + 5]! + 1) >> 1;
  }
  return pairs;
}

function grey(frame: Uint8Array): Uint8Array {
  const levels = new Uint8Array(frame.length / 3);
  for (let pixel = 0; pixel < levels.length; pixel++)
    levels[pixel] = clamped(0.299 * frame[3 * pixel]! + 0.587 * frame[3 * pixel + 1]! + 0.114 * frame[3 * pixel + 2]!);
  return levels;
}

const entries = 256;

/** The most frequent colours become the palette; others take the nearest of them. */
function indexed(frames: readonly Uint8Array[]): PhantomSamples {
  const counts = new Map<number, number>();
  for (const frame of frames)
    for (let at = 0; at < frame.length; at += 3) {
      const colour = colourAt(frame, at);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, entries);
  const palette = frequent.map(([colour]) => colour);
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]));
  const table = (shift: number) =>
    Uint16Array.from({ length: entries }, (_, entry) => ((palette[entry] ?? 0) >> shift) & 255).map(
      (level) => level * 257,
    );
  return {
    frames: frames.map((frame) =>
      Uint8Array.from({ length: frame.length / 3 }, (_, pixel) => places.get(colourAt(frame, 3 * pixel))!),
    ),
    samplesPerPixel: 1,
    attributes: {
      PhotometricInterpretation: 'PALETTE COLOR',
      RedPaletteColorLookupTableDescriptor: [entries, 0, 16],
      GreenPaletteColorLookupTableDescriptor: [entries, 0, 16],
      BluePaletteColorLookupTableDescriptor: [entries, 0, 16],
      RedPaletteColorLookupTableData: table(16),
      GreenPaletteColorLookupTableData: table(8),
      BluePaletteColorLookupTableData: table(0),
    },
  };
}

function colourAt(frame: Uint8Array, at: number): number {
  return (frame[at]! << 16) | (frame[at + 1]! << 8) | frame[at + 2]!;
}

function nearest(palette: readonly number[], colour: number): number {
  let [best, least] = [0, Infinity];
  for (const [entry, other] of palette.entries()) {
    const distance = [16, 8, 0].reduce(
      (sum, shift) => sum + (((colour >> shift) & 255) - ((other >> shift) & 255)) ** 2,
      0,
    );
    if (distance < least) [best, least] = [entry, distance];
  }
  return best;
}
