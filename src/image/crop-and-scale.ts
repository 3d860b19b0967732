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
  const { places, weights } = cubicTaps(box.x1 - box.x0, size);
  const down = cubicTaps(box.y1 - box.y0, size);
  const { data, channels } = image;
  const rows = new Int32Array((box.y1 - box.y0) * size * channels);
  for (let y = 0; y < box.y1 - box.y0; y++) {
    const line = ((y + box.y0) * image.width + box.x0) * channels;
    for (let x = 0; x < size; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const [at, tap] = [line + channel, 4 * x];
        rows[(y * size + x) * channels + channel] =
          weights[tap]! * data[at + places[tap]! * channels]! +
          weights[tap + 1]! * data[at + places[tap + 1]! * channels]! +
          weights[tap + 2]! * data[at + places[tap + 2]! * channels]! +
          weights[tap + 3]! * data[at + places[tap + 3]! * channels]!;
      }
    }
  }
  return scaleDown(rows, down, { size, channels });
}

function scaleDown(rows: Int32Array, down: Taps, { size, channels }: { size: number; channels: number }): Uint8Array {
  const scaled = new Uint8Array(size * size * channels);
  const stride = size * channels;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < stride; x++) {
      let sum = 0;
      for (let tap = 4 * y; tap < 4 * y + 4; tap++) sum += down.weights[tap]! * rows[down.places[tap]! * stride + x]!;
      scaled[y * stride + x] = Math.max(0, Math.min(255, roundHalfEven(sum / 4_194_304))); // 2^22: two times 11 bits
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
