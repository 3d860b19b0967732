import type { ElementType } from './element-type.ts';

/** What an un-pickled checkpoint may consist of: plain containers, numbers, text, and descriptions of tensors. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | StorageRef
  | TensorRef;

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** The name of something in Python that this reader knows; it is never looked up or run. */
export class PickleGlobal {
  readonly role: GlobalRole;
  constructor(role: GlobalRole) {
    this.role = role;
  }
}

export type GlobalRole =
  | { readonly kind: 'ordered-dict' }
  | { readonly kind: 'rebuild-tensor' }
  | { readonly kind: 'rebuild-parameter' }
  | { readonly kind: 'size' }
  | { readonly kind: 'storage'; readonly dtype: ElementType };

/** A run of numbers elsewhere in the file. */
export class StorageRef {
  readonly key: string;
  readonly dtype: ElementType;
  readonly count: number;
  constructor(key: string, dtype: ElementType, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
  }
}

/** A view of a storage: its first element, and per axis a size and a stride, in elements. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: StorageRef, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}
