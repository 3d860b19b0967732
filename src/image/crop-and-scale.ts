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
  const rows = scaleAcross(image, box, size);
  return scaleDown(rows, cubicTaps(box.y1 - box.y0, size), size * image.channels);
}

/** Every row of the box at its new width, in 11-bit fixed point. */
function scaleAcross({ data, width, channels }: ByteImage, box: CropBox, size: number): Int32Array {
  const { places, weights } = cubicTaps(box.x1 - box.x0, size);
  const rows = new Int32Array((box.y1 - box.y0) * size * channels);
  const offsets = places.map((place) => place * channels);
  let at = 0;
  for (let y = box.y0; y < box.y1; y++) {
    const line = (y * width + box.x0) * channels;
    for (let tap = 0; tap < 4 * size; tap += 4) {
      const w0 = weights[tap]!;
      const w1 = weights[tap + 1]!;
      const w2 = weights[tap + 2]!;
      const w3 = weights[tap + 3]!;
      const p0 = line + offsets[tap]!;
      const p1 = line + offsets[tap + 1]!;
      const p2 = line + offsets[tap + 2]!;
      const p3 = line + offsets[tap + 3]!;
      for (let channel = 0; channel < channels; channel++) {
        rows[at++] =
          w0 * data[p0 + channel]! + w1 * data[p1 + channel]! + w2 * data[p2 + channel]! + w3 * data[p3 + channel]!;
      }
    }
  }
  return rows;
}

const fraction = 22; // bits: two times 11
const half = 2 ** (fraction - 1);

/** The rows at their new number. No sum leaves 32 bits: weights are 1.19 times 2048 at most where they add. */
function scaleDown(rows: Int32Array, { places, weights }: Taps, stride: number): Uint8Array {
  const scaled = new Uint8Array((places.length / 4) * stride);
  let at = 0;
  for (let tap = 0; tap < places.length; tap += 4) {
    const w0 = weights[tap]!;
    const w1 = weights[tap + 1]!;
    const w2 = weights[tap + 2]!;
    const w3 = weights[tap + 3]!;
    const r0 = places[tap]! * stride;
    const r1 = places[tap + 1]! * stride;
    const r2 = places[tap + 2]! * stride;
    const r3 = places[tap + 3]! * stride;
    for (let x = 0; x < stride; x++) {
      const sum = (w0 * rows[r0 + x]! + w1 * rows[r1 + x]! + w2 * rows[r2 + x]! + w3 * rows[r3 + x]!) | 0;
      const whole = sum >> fraction;
      const rest = sum - (whole << fraction);
      const rounded = whole + (rest > half || (rest === half && whole % 2 !== 0) ? 1 : 0); // halves to even
      scaled[at++] = rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
    }
  }
  return scaled;
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
