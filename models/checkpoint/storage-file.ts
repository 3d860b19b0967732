import { crc32 } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesPerElement, toFloat32 } from './element-type.ts';
import type { StorageRef, TensorRef } from './pickle-value.ts';
import type { CheckpointTensor } from './tensor.ts';

/** Where the numbers of a storage lie in a file; without a CRC-32 they cannot be proved sound. */
export interface StoragePlace {
  readonly offset: number;
  readonly size: number;
  readonly crc32?: number;
}

const chunkBytes = 8 << 20;

/** Reads tensors out of storages; each storage's CRC-32 is checked once, before its first number is believed. */
export class StorageFile {
  readonly #source: ByteSource;
  readonly #places: ReadonlyMap<string, StoragePlace>;
  readonly #checked = new Map<string, Promise<void>>();

  constructor(source: ByteSource, places: ReadonlyMap<string, StoragePlace>) {
    this.#source = source;
    this.#places = places;
  }

  /** The tensor that a description stands for; its storage must exist and be long enough. */
  tensor(name: string, view: TensorRef): CheckpointTensor {
    const place = this.#place(view.storage);
    return { name, shape: view.shape, dtype: view.storage.dtype, read: () => this.#read(view, place) };
  }

  #place({ key, dtype, count }: StorageRef): StoragePlace {
    const place = this.#places.get(key);
    if (place === undefined || place.size < count * bytesPerElement[dtype]) {
      throw new CheckpointError(
        `${this.#source.name} lacks numbers that its list of tensors speaks of: it is cut short or damaged; download it again.`,
      );
    }
    return place;
  }

  async #read({ storage, offset, shape, strides }: TensorRef, place: StoragePlace): Promise<Float32Array> {
    if (shape.includes(0)) return new Float32Array(0);
    await this.#check(storage.key, place);
    const width = bytesPerElement[storage.dtype];
    const span = shape.reduce((total, size, axis) => total + (size - 1) * strides[axis]!, 1);
    const numbers = toFloat32(await this.#source.read(place.offset + offset * width, span * width), storage.dtype);
    return gather(numbers, shape, strides);
  }

  #check(key: string, place: StoragePlace): Promise<void> {
    const known = this.#checked.get(key) ?? this.#compareSum(place);
    this.#checked.set(key, known);
    return known;
  }

  async #compareSum(place: StoragePlace): Promise<void> {
    if (place.crc32 === undefined) return;
    let sum = 0;
    for (let done = 0; done < place.size; done += chunkBytes) {
      sum = crc32(await this.#source.read(place.offset + done, Math.min(chunkBytes, place.size - done)), sum);
    }
    if (sum !== place.crc32)
      throw new CheckpointError(`${this.#source.name} is damaged (a CRC-32 does not match): download it again.`);
  }
}

/** The elements of a strided view in C order. */
function gather(numbers: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count === numbers.length && isContiguous(shape, strides)) return numbers;
  const gathered = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    gathered[to] = numbers[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  return shape.every(
    (size, axis) =>
      size === 1 || strides[axis] === shape.slice(axis + 1).reduce((product, inner) => product * inner, 1),
  );
}
