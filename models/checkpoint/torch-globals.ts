import { CheckpointError } from './checkpoint-error.ts';
import type { ElementType } from './element-type.ts';
import {
  PickleDict,
  PickleGlobal,
  PickleTuple,
  StorageRef,
  TensorRef,
  type GlobalRole,
  type PickleValue,
} from './pickle-value.ts';
import { elementCount } from './tensor.ts';

const storageTypes: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const roles: ReadonlyMap<string, GlobalRole> = new Map<string, GlobalRole>([
  ['collections.OrderedDict', { kind: 'ordered-dict' }],
  ['torch._utils._rebuild_tensor_v2', { kind: 'rebuild-tensor' }],
  ['torch._utils._rebuild_parameter', { kind: 'rebuild-parameter' }],
  ['torch.Size', { kind: 'size' }],
  ...Object.entries(storageTypes).map(([name, dtype]) => [`torch.${name}`, { kind: 'storage', dtype }] as const),
]);

/** The role of a global that a checkpoint of tensors needs; every other one is refused by name, before anything is made of it. */
export function findGlobal(module: string, name: string): PickleGlobal {
  const role = roles.get(`${module}.${name}`);
  if (role !== undefined) return new PickleGlobal(role);
  const shown = `${module}.${name}`.replaceAll(/[^\w.]/g, '?').slice(0, 120);
  throw new CheckpointError(
    `The checkpoint asks Python for ${shown}, which is not needed for tensors and was not run: use a file from a source you trust, or one that holds the state_dict only.`,
  );
}

/** What calling a known global with these arguments would build. */
export function callGlobal(callee: PickleValue, args: PickleValue): PickleValue {
  if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple))
    throw malformed('a call of something that cannot be called');
  const { items } = args;
  switch (callee.role.kind) {
    case 'ordered-dict':
      if (items.length > 0) throw malformed('an OrderedDict with arguments');
      return new PickleDict();
    case 'size':
      return items[0] instanceof PickleTuple ? items[0] : args;
    case 'rebuild-parameter':
      if (!(items[0] instanceof TensorRef)) throw malformed('a parameter without a tensor');
      return items[0];
    case 'rebuild-tensor':
      return rebuildTensor(items);
    case 'storage':
      throw malformed('a call of a storage type');
  }
}

/** The storage that a persistent id stands for: ('storage', type, key, device, count) and, in old files, a view. */
export function findStorage(id: PickleValue): StorageRef {
  const [tag, type, key, , count, view] = id instanceof PickleTuple ? id.items : [];
  const isStorage = tag === 'storage' && type instanceof PickleGlobal && type.role.kind === 'storage';
  if (!isStorage || typeof key !== 'string' || !isCount(count)) throw malformed('a persistent id that is no storage');
  if (view !== undefined && view !== null) {
    throw new CheckpointError(
      'The checkpoint uses storage views of a PyTorch before 0.4: save it again with a newer PyTorch.',
    );
  }
  return new StorageRef(key, type.role.dtype, count);
}

function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TensorRef {
  const isView =
    storage instanceof StorageRef && isCount(offset) && shape instanceof PickleTuple && strides instanceof PickleTuple;
  if (!isView || shape.items.length !== strides.items.length || !strides.items.every(isCount))
    throw malformed('a tensor without a shape');
  const count = elementCount(shape.items, 'in the pickle');
  const sizes = shape.items as readonly number[];
  const last = offset + sizes.reduce((total, size, axis) => total + (size - 1) * (strides.items[axis] as number), 0);
  // A view may repeat numbers (stride 0): then a small file could claim any amount of memory.
  if (count > 0 && (last >= storage.count || count > storage.count))
    throw malformed('a tensor that reaches beyond its storage');
  return new TensorRef(storage, offset, sizes, strides.items);
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(what: string): CheckpointError {
  return new CheckpointError(`The checkpoint's pickle is damaged (it holds ${what}): download it again.`);
}
