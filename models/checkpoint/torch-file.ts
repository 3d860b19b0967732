import { crc32 } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesPerElement } from './element-type.ts';
import { PickleDict, PickleList, TensorRef, type PickleValue } from './pickle-value.ts';
import { StorageFile, type StoragePlace } from './storage-file.ts';
import type { CheckpointTensor, TensorMap } from './tensor.ts';
import { unpickle, type Unpickled } from './unpickle.ts';
import { readZipDirectory } from './zip-directory.ts';

/** The list of tensors is text; no real one comes near this. */
const pickleBytesMax = 32 << 20;

/** The tensors of what torch.save writes since PyTorch 1.6: a ZIP file with `data.pkl` and one stored entry for each storage. */
export async function readTorchZip(source: ByteSource): Promise<TensorMap> {
  const entries = await readZipDirectory(source);
  const list = [...entries.values()].find(({ name }) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (list === undefined)
    throw new CheckpointError(`${source.name} is a ZIP file without data.pkl: give a file that torch.save wrote.`);
  if (list.size > pickleBytesMax)
    throw new CheckpointError(`${source.name} has a list of tensors of absurd size: it was not read.`);
  const folder = list.name.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new CheckpointError(
      `${source.name} is a TorchScript program, which is not run here: give the state_dict's file instead.`,
    );
  }
  const storageFolder = `${folder}data/`;
  const places = [...entries.values()].filter(({ name }) => name.startsWith(storageFolder));
  const storages = new Map<string, StoragePlace>(
    places.map((place) => [place.name.slice(storageFolder.length), place]),
  );
  const pickle = await source.read(list.offset, list.size);
  if (crc32(pickle) !== list.crc32)
    throw new CheckpointError(`${source.name} is damaged (a CRC-32 does not match): download it again.`);
  return bindTensors(unpickle(pickle).value, new StorageFile(source, storages));
}

/** The first bytes of PyTorch's older format: a pickle of the number 0x1950a86a20f9469cfc6c. */
export const legacyMagic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/** The tensors of PyTorch's older format: five pickles (magic, version, machine, object, keys), then each storage with its count. */
export async function readTorchLegacy(source: ByteSource): Promise<TensorMap> {
  const bytes = await source.read(0, Math.min(source.size, pickleBytesMax));
  const version = unpickle(bytes, legacyMagic.length);
  const machine = unpickle(bytes, version.end);
  const isLittleEndian = machine.value instanceof PickleDict && machine.value.entries.get('little_endian') === true;
  if (version.value !== 1001 || !isLittleEndian) {
    throw new CheckpointError(
      `${source.name} was written by an unknown PyTorch or a big-endian machine: save it again with a current one.`,
    );
  }
  const object = unpickle(bytes, machine.end);
  const keys = unpickle(bytes, object.end);
  const storages = await placeStorages(source, object.storages, keys);
  return bindTensors(object.value, new StorageFile(source, storages));
}

async function placeStorages(
  source: ByteSource,
  known: Unpickled['storages'],
  keys: Unpickled,
): Promise<Map<string, StoragePlace>> {
  const places = new Map<string, StoragePlace>();
  let position = keys.end;
  for (const key of keys.value instanceof PickleList ? keys.value.items : []) {
    const storage = typeof key === 'string' ? known.get(key) : undefined;
    const count = Number((await source.read(position, 8)).readBigInt64LE());
    const size = count * bytesPerElement[storage?.dtype ?? 'uint8'];
    if (storage === undefined || !(count >= 0 && position + 8 + size <= source.size)) {
      throw new CheckpointError(`${source.name} is cut short or damaged: download it again.`);
    }
    places.set(storage.key, { offset: position + 8, size });
    position += 8 + size;
  }
  return places;
}

function bindTensors(root: PickleValue, file: StorageFile): TensorMap {
  const tensors = tensorsOf(root).map(([name, view]): [string, CheckpointTensor] => [name, file.tensor(name, view)]);
  return new Map(tensors);
}

/** The tensors of the state dict, which may lie below one of these keys of a training checkpoint. */
function tensorsOf(root: PickleValue): [string, TensorRef][] {
  const nested = ['state_dict', 'model_state_dict', 'model'].map((key) =>
    root instanceof PickleDict ? root.entries.get(key) : undefined,
  );
  const dict = nested.find((value) => value instanceof PickleDict) ?? root;
  if (!(dict instanceof PickleDict))
    throw new CheckpointError('The checkpoint holds no dict of tensors: save the state_dict.');
  return [...dict.entries].filter(
    (entry): entry is [string, TensorRef] => typeof entry[0] === 'string' && entry[1] instanceof TensorRef,
  );
}
