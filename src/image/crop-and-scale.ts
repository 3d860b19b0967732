// EchoCLIP's geometry: centre crop to a square, a tenth cut off on each side, bicubic scaling as OpenCV does it
// (INTER_CUBIC on 8-bit images: coefficients with A = -0.75 in 11-bit fixed point, no antialiasing).

/** An 8-bit image, channels interleaved. */
export interface ByteImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

export interface CropBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const zoom = 0.1;

const { imul } = Math;

/** The part of a frame that becomes the model's square input. Sizes on which the authors' code fails give the nearest sensible box. */
export function cropBox(width: number, height: number): CropBox {
  const surplus = roundHalfEven(Math.abs(width - height) / 2);
  const [padX, padY] = width > height ? [surplus, 0] : [0, surplus];
  const [innerWidth, innerHeight] = [width - 2 * padX, height - 2 * padY];
  const [zoomX, zoomY] = [Math.trunc(innerWidth * zoom), Math.trunc(innerHeight * zoom)];
  return { x0: padX + zoomX, y0: padY + zoomY, x1: width - padX - zoomX, y1: height - padY - zoomY };
}

/** Crops to `box` and scales to `size` × `size`. */
export function cropAndScale(image: ByteImage, box: CropBox, size: number): Uint8Array {
  const { data, width, channels } = image;
  const [across, down] = [cubicTaps(box.x1 - box.x0, size), cubicTaps(box.y1 - box.y0, size)];
  const scaled = new Uint8Array(size * size * channels);
  const line = new Int32Array((box.x1 - box.x0) * channels);
  for (let row = 0; row < size; row++) {
    const starts = [0, 1, 2, 3].map((tap) => ((box.y0 + down.places[4 * row + tap]!) * width + box.x0) * channels);
    blend(data, starts, { weights: down.weights.subarray(4 * row, 4 * row + 4), line });
    scaleAcross(line, across, { channels, row: scaled.subarray(row * size * channels, (row + 1) * size * channels) });
  }
  return scaled;
}

/** Four lines of the image as one, in 11-bit fixed point. The order of the directions is free: until the end no sum is rounded. */
function blend(
  data: Uint8Array,
  starts: readonly number[],
  { weights, line }: { readonly weights: Int32Array; readonly line: Int32Array },
): void {
  const [w0, w1, w2, w3] = weights as unknown as readonly [number, number, number, number];
  const [r0, r1, r2, r3] = starts as readonly [number, number, number, number];
  for (let x = 0; x < line.length; x++)
    line[x] = imul(w0, data[r0 + x]!) + imul(w1, data[r1 + x]!) + imul(w2, data[r2 + x]!) + imul(w3, data[r3 + x]!);
}

const fraction = 22; // bits: two times 11
const belowHalf = 2 ** (fraction - 1) - 1;

/** A line at its new width, rounded. No sum leaves 32 bits: weights are 1.19 times 2048 at most where they add. */
function scaleAcross(
  line: Int32Array,
  { places, weights }: Taps,
  { channels, row }: { readonly channels: number; readonly row: Uint8Array },
): void {
  let at = 0;
  for (let tap = 0; tap < places.length; tap += 4) {
    const w0 = weights[tap]!;
    const w1 = weights[tap + 1]!;
    const w2 = weights[tap + 2]!;
    const w3 = weights[tap + 3]!;
    const p0 = places[tap]! * channels;
    const p1 = places[tap + 1]! * channels;
    const p2 = places[tap + 2]! * channels;
    const p3 = places[tap + 3]! * channels;
    for (let channel = 0; channel < channels; channel++) {
      const sum =
        (imul(w0, line[p0 + channel]!) +
          imul(w1, line[p1 + channel]!) +
          imul(w2, line[p2 + channel]!) +
          imul(w3, line[p3 + channel]!)) |
        0;
      const rounded = (sum + belowHalf + ((sum >> fraction) & 1)) >> fraction; // halves to even
      row[at++] = rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
    }
  }
}

interface Taps {
  /** Four source places for each target place, borders repeated. */
  readonly places: Int32Array;
  /** Their weights, times 2048. */
  readonly weights: Int32Array;
}

function cubicTaps(from: number, to: number): Taps {
  const places = new Int32Array(4 * to);
  const weights = new Int32Array(4 * to);
  const scale = from / to;
  for (let target = 0; target < to; target++) {
    const place = Math.fround((target + 0.5) * scale - 0.5);
    const whole = Math.floor(place);
    const cubic = cubicWeights(Math.fround(place - whole));
    for (let tap = 0; tap < 4; tap++) {
      places[4 * target + tap] = Math.max(0, Math.min(from - 1, whole - 1 + tap));
      weights[4 * target + tap] = roundHalfEven(cubic[tap]! * 2048);
    }
  }
  return { places, weights };
}

/** Keys' cubic convolution with A = -0.75, in single precision as OpenCV computes it. */
function cubicWeights(x: number): readonly number[] {
  const a = -0.75;
  const f = Math.fround;
  const w0 = f(f(f(f(f(a * (x + 1)) - f(5 * a)) * (x + 1)) + f(8 * a)) * (x + 1) - f(4 * a));
  const w1 = f(f(f((a + 2) * x - (a + 3)) * x) * x + 1);
  const y = f(1 - x);
  const w2 = f(f(f((a + 2) * y - (a + 3)) * y) * y + 1);
  return [w0, w1, w2, f(1 - w0 - w1 - w2)];
}

/** Rounding as Python and the processor do: halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
