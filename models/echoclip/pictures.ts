import { AgentError } from '#domain/errors';
import { cropAndScale, cropBox } from '#image/crop-and-scale';
import { normalise, type Normalisation } from '#models/normalise';
import type { NpyArray } from '#models/npy';

/** Whether pictures are cropped and scaled; auto: those that have the encoder's size already are taken as cropped. */
export const croppings = ['auto', 'always', 'never'] as const;
export type Cropping = (typeof croppings)[number];

/**
 * Pictures as the image encoder takes them, [pictures, 3, size, size]: float32 in this form is taken as it is; uint8,
 * [pictures, height, width, 3], is cropped, scaled and normalised, its channels in the order they have. Throws REQUEST_INVALID.
 */
export function picturesOf(
  { shape, values }: NpyArray,
  { size, mean, std }: Omit<Normalisation, 'order'>,
  cropping: Cropping,
): Float32Array {
  if (values instanceof Float32Array) {
    const [channels, height, width] = shape.slice(-3);
    if (channels === 3 && height === size && width === size && shape.length <= 4 && values.length > 0) return values;
    throw unfit(shape, `numbers of float32 must be [pictures, 3, ${size}, ${size}]`);
  }
  const [height, width, channels] = shape.slice(-3);
  if (!(values instanceof Uint8Array) || channels !== 3 || shape.length > 4 || values.length === 0)
    throw unfit(shape, `give uint8 [pictures, height, width, 3], or float32 [pictures, 3, ${size}, ${size}]`);
  const sized = sizedPictures({ data: values, width: width!, height: height! }, size, cropping);
  return normalise(sized, { size, mean, std, order: 'rgb' });
}

interface Stack {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

function sizedPictures({ data, width, height }: Stack, size: number, cropping: Cropping): Uint8Array {
  const fits = width === size && height === size;
  if (fits && cropping !== 'always') return data;
  if (cropping === 'never')
    throw unfit([height, width], `without cropping they must have the encoder's ${size} x ${size} pixels`);
  const box = cropBox(width, height);
  const length = width * height * 3;
  const count = data.length / length;
  const sized = new Uint8Array(count * size * size * 3);
  for (let picture = 0; picture < count; picture++) {
    const frame = { data: data.subarray(picture * length, (picture + 1) * length), width, height, channels: 3 };
    sized.set(cropAndScale(frame, box, size), picture * size * size * 3);
  }
  return sized;
}

function unfit(shape: readonly number[], what: string): AgentError {
  return new AgentError('REQUEST_INVALID', `The pictures are of shape [${shape.join(', ')}]: ${what}.`);
}
