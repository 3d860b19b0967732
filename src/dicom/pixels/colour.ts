import { AgentError } from '#domain/errors';
import type { ImageFacts } from '#domain/instance';
import type { Palette } from './palette.ts';
import type { Samples } from './samples.ts';

/** Decoded samples as 8-bit RGB, interleaved, by their photometric interpretation (PS3.3 section C.7.6.3.1.2). */
export function toRgb(samples: Samples, image: ImageFacts, palette?: Palette): Uint8Array {
  const pixels = image.rows * image.columns;
  if (samples.data.length < pixels * samples.channels)
    throw new AgentError('PIXELS_UNDECODABLE', 'A frame has too few samples.');
  const { photometricInterpretation: meaning } = samples;
  if (palette) return throughPalette(samples.data, pixels, palette);
  if (samples.channels === 1)
    return grey(samples.data, pixels, { inverted: meaning === 'MONOCHROME1', bitsStored: image.bitsStored });
  const interleaved = interleave(eightBits(samples.data, image.bitsStored), pixels, samples.isPlanar);
  if (meaning === 'YBR_FULL' || meaning === 'YBR_FULL_422')
    return fromYbr(interleaved, { lumaMin: 0, lumaRange: 255, chromaRange: 255 });
  if (meaning.startsWith('YBR_PARTIAL')) return fromYbr(interleaved, { lumaMin: 16, lumaRange: 219, chromaRange: 224 });
  return interleaved;
}

function grey(
  data: Samples['data'],
  pixels: number,
  { inverted, bitsStored }: { inverted: boolean; bitsStored: number },
): Uint8Array {
  const levels = eightBits(data, bitsStored);
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const level = inverted ? 255 - levels[pixel]! : levels[pixel]!;
    rgb[3 * pixel] = rgb[3 * pixel + 1] = rgb[3 * pixel + 2] = level;
  }
  return rgb;
}

/** The most significant 8 of the stored bits. No windowing: a model takes grey levels as the scanner wrote them. */
function eightBits(data: Samples['data'], bitsStored: number): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const shift = Math.max(0, bitsStored - 8);
  return Uint8Array.from(data, (value) => Math.min(255, value >> shift));
}

function interleave(data: Uint8Array, pixels: number, isPlanar: boolean): Uint8Array {
  if (!isPlanar) return new Uint8Array(data.buffer, data.byteOffset, pixels * 3);
  const rgb = new Uint8Array(pixels * 3);
  const [greens, blues] = [pixels, 2 * pixels];
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += 3) {
    rgb[at] = data[pixel]!;
    rgb[at + 1] = data[greens + pixel]!;
    rgb[at + 2] = data[blues + pixel]!;
  }
  return rgb;
}

/** ITU-R BT.601, from the ranges given, in place. */
function fromYbr(
  ybr: Uint8Array,
  { lumaMin, lumaRange, chromaRange }: { lumaMin: number; lumaRange: number; chromaRange: number },
): Uint8Array {
  const [luma, chroma] = [255 / lumaRange, 255 / chromaRange];
  // What each of the 256 values of a channel adds to a colour.
  const table = (of: (value: number) => number): Float64Array => Float64Array.from({ length: 256 }, (_, at) => of(at));
  const lumas = table((y) => (y - lumaMin) * luma);
  const redOfCr = table((r) => 1.402 * ((r - 128) * chroma));
  const greenOfCb = table((b) => 0.344136 * ((b - 128) * chroma));
  const greenOfCr = table((r) => 0.714136 * ((r - 128) * chroma));
  const blueOfCb = table((b) => 1.772 * ((b - 128) * chroma));
  for (let at = 0; at < ybr.length; at += 3) {
    const y = lumas[ybr[at]!]!;
    const b = ybr[at + 1]!;
    const r = ybr[at + 2]!;
    ybr[at] = clamp(y + redOfCr[r]!);
    ybr[at + 1] = clamp(y - greenOfCb[b]! - greenOfCr[r]!);
    ybr[at + 2] = clamp(y + blueOfCb[b]!);
  }
  return ybr;
}

function clamp(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0; // rounded: it is positive
}

function throughPalette(data: Samples['data'], pixels: number, { firstValue, red, green, blue }: Palette): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  const last = red.length - 1;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const entry = Math.max(0, Math.min(last, data[pixel]! - firstValue));
    rgb[3 * pixel] = red[entry]!;
    rgb[3 * pixel + 1] = green[entry]!;
    rgb[3 * pixel + 2] = blue[entry]!;
  }
  return rgb;
}
