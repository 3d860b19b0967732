import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesPerElement, toFloat32, type ElementType } from './element-type.ts';
import { elementCount, type CheckpointTensor, type TensorMap } from './tensor.ts';

const elementTypes: Readonly<Record<string, ElementType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

/** The format's own limit on its header. */
const headerBytesMax = 100_000_000;
const lengthBytes = 8;
const tensorsMax = 100_000;

/** The tensors of a safetensors file: an 8-byte little-endian header length, a JSON header, then the numbers. */
export async function readSafetensors(source: ByteSource): Promise<TensorMap> {
  const headerBytes = Number((await source.read(0, lengthBytes)).readBigUInt64LE());
  if (headerBytes > Math.min(headerBytesMax, source.size - lengthBytes)) {
    throw damaged(source, `its header claims ${headerBytes} bytes`);
  }
  const header = parseHeader(source, (await source.read(lengthBytes, headerBytes)).toString('utf8'));
  const start = lengthBytes + headerBytes;
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(source, name, entry))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  const end = entries.reduce((position, entry) => {
    if (entry.begin !== position) throw damaged(source, `tensor ${entry.name} overlaps another or leaves a gap`);
    return entry.end;
  }, 0);
  if (end !== source.size - start) {
    throw damaged(source, `its header describes ${end} bytes of numbers and ${source.size - start} follow`);
  }
  return new Map(entries.map((entry) => [entry.name, lazyTensor(source, start, entry)]));
}

interface Entry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(source: ByteSource, text: string): object {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw damaged(source, 'its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged(source, 'its header is not a JSON object');
  if (Object.keys(header).length > tensorsMax) throw damaged(source, 'it names more tensors than any network has');
  if (namesTwice(text)) throw damaged(source, 'its header names something twice');
  return header;
}

/** True where an object of a sound JSON text has a key twice, which readers take differently: the format forbids it. */
function namesTwice(json: string): boolean {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') open.push(new Set());
    else if (json[at] === '}') open.pop();
    else if (json[at] === '"') {
      const end = endOfText(json, at);
      const isKey = json
        .slice(end + 1, end + 20)
        .trimStart()
        .startsWith(':');
      const key = isKey ? (JSON.parse(json.slice(at, end + 1)) as string) : undefined;
      if (key !== undefined && open.at(-1)?.has(key)) return true;
      if (key !== undefined) open.at(-1)?.add(key);
      at = end;
    }
  }
  return false;
}

/** Where the text that begins at a quotation mark ends: at the next one without an odd number of backslashes before it. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }
}

function parseEntry(source: ByteSource, name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (!Array.isArray(shape) || !Array.isArray(offsets))
    throw damaged(source, `tensor ${name} lacks a shape or offsets`);
  const type = typeof dtype === 'string' && Object.hasOwn(elementTypes, dtype) ? elementTypes[dtype] : undefined;
  if (type === undefined) {
    throw new CheckpointError(
      `Tensor ${name} has the element type ${String(dtype)}, which is not read here: save it as F32, F16 or BF16.`,
    );
  }
  const [begin, end] = offsets as unknown[];
  const isRange = Number.isSafeInteger(begin) && Number.isSafeInteger(end) && (begin as number) >= 0;
  const bytes = elementCount(shape, name) * bytesPerElement[type];
  if (!isRange || (end as number) - (begin as number) !== bytes) {
    throw damaged(source, `tensor ${name} has offsets that do not fit its shape`);
  }
  return { name, dtype: type, shape: shape as number[], begin: begin as number, end: end as number };
}

function lazyTensor(source: ByteSource, start: number, { name, dtype, shape, begin, end }: Entry): CheckpointTensor {
  return { name, dtype, shape, read: async () => toFloat32(await source.read(start + begin, end - begin), dtype) };
}

function damaged(source: ByteSource, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(`${source.name} is not a sound safetensors file (${what}): download it again.`, { cause });
}
