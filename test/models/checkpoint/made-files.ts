import { crc32 } from 'node:zlib';

/** A ZIP file of stored entries, as torch.save lays them out; `method` 8 lies that they are compressed. */
export function zipOf(entries: Readonly<Record<string, Uint8Array>>, method = 0): Buffer {
  const locals: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(entries)) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name), bytes]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    records.push(Buffer.concat([Buffer.from('PK\x01\x02\0\0', 'latin1'), facts, place, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(records.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A pickle of protocol 2 around these operations, each as latin-1 text. */
export function pickleOf(...operations: readonly string[]): Buffer {
  return Buffer.from(`\x80\x02${operations.join('')}.`, 'latin1');
}

/** A short text as the operation that pushes it. */
export function textOp(text: string): string {
  return `X${String.fromCharCode(text.length)}\0\0\0${text}`;
}

/** A number below 2^31 as the operation that pushes it. */
export function numberOp(value: number): string {
  const bytes = Buffer.alloc(5);
  bytes.write('J', 'latin1');
  bytes.writeInt32LE(value, 1);
  return bytes.toString('latin1');
}

interface TensorOps {
  readonly count: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** The operations that describe a float32 tensor over storage `0`. */
export function tensorOp({ count, shape, strides, offset = 0 }: TensorOps): string {
  const tuple = (numbers: readonly number[]): string => `(${numbers.map(numberOp).join('')}t`;
  const storage = `(${textOp('storage')}ctorch\nFloatStorage\n${textOp('0')}${textOp('cpu')}${numberOp(count)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${numberOp(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)RtR`;
}

/** A safetensors file with any header, honest or not. */
export function safetensorsOf(header: unknown, bytes: number, claimed?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
}
