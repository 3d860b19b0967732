import { CheckpointError } from './checkpoint-error.ts';
import type { ElementType } from './element-type.ts';

/** A tensor of a checkpoint that has not been read yet. */
export interface CheckpointTensor {
  readonly name: string;
  /** Outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** Its numbers in C order. */
  read(): Promise<Float32Array>;
}

export type TensorMap = ReadonlyMap<string, CheckpointTensor>;

const dimensionsMax = 8;

/** The number of elements of a shape; a shape that is not a short list of counts is a fault that names the tensor. */
export function elementCount(shape: readonly unknown[], name: string): number {
  const counts = shape.filter((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0);
  const product = counts.reduce((total, size) => total * size, 1);
  if (counts.length !== shape.length || shape.length > dimensionsMax || !Number.isSafeInteger(product)) {
    throw new CheckpointError(`Tensor ${name} claims an impossible shape: the file is damaged; download it again.`);
  }
  return product;
}
