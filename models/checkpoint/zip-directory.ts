import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** One stored entry of a ZIP file: where its bytes lie and their CRC-32. */
export interface ZipEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly crc32: number;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;
const endBytes = 22;
const commentBytesMax = 0xffff;
const directoryBytesMax = 64 << 20;
/** A 32-bit field with this value stands in the Zip64 extra field instead. */
const inExtraField = 0xffffffff;

/** The entries of a ZIP file, as its central directory names them (APPNOTE 4.3.12); compressed ones are refused. */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { offset, size } = await findDirectory(source);
  if (size > directoryBytesMax) throw damaged(source, 'its directory is larger than any checkpoint needs');
  const directory = await source.read(offset, size);
  const entries = new Map<string, ZipEntry>();
  for (let position = 0; position < size;) {
    if (position + 46 > size || directory.readUInt32LE(position) !== signatures.central)
      throw damaged(source, 'its directory is broken');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(position + field),
    ) as [number, number, number];
    const next = position + 46 + nameBytes + extraBytes + commentBytes;
    if (next > size) throw damaged(source, 'its directory is broken');
    const name = directory.subarray(position + 46, position + 46 + nameBytes).toString('utf8');
    const extra = directory.subarray(position + 46 + nameBytes, next - commentBytes);
    if (entries.has(name)) throw damaged(source, 'two of its entries have one name');
    entries.set(name, await locate(source, name, { record: directory.subarray(position, position + 46), extra }));
    position = next;
  }
  return entries;
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number }> {
  const tailBytes = Math.min(source.size, endBytes + commentBytesMax);
  const tail = await source.read(source.size - tailBytes, tailBytes);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + endBytes > tail.length) throw damaged(source, 'it has no end record: it is cut short');
  const size = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  if (size !== inExtraField && offset !== inExtraField) return { offset, size };
  if (at < 20 || tail.readUInt32LE(at - 20) !== signatures.locator64)
    throw damaged(source, 'its Zip64 locator is missing');
  const record = await source.read(Number(tail.readBigUInt64LE(at - 12)), 56);
  if (record.readUInt32LE(0) !== signatures.end64) throw damaged(source, 'its Zip64 end record is broken');
  return { size: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
}

async function locate(
  source: ByteSource,
  name: string,
  { record, extra }: { record: Buffer; extra: Buffer },
): Promise<ZipEntry> {
  const compressed = record.readUInt32LE(20);
  const plain = record.readUInt32LE(24);
  const start = record.readUInt32LE(42);
  const wide = [plain, compressed, start].filter((field) => field === inExtraField);
  const values = wide.length > 0 ? zip64Values(source, extra, wide.length) : [];
  const [size, stored, header] = [plain, compressed, start].map((field) =>
    field === inExtraField ? values.shift()! : field,
  ) as [number, number, number];
  if (record.readUInt16LE(10) !== 0 || size !== stored) {
    throw new CheckpointError(
      `${source.name} holds compressed entries: save it again with torch.save, which stores them plainly.`,
    );
  }
  const local = await source.read(header, 30);
  if (local.readUInt32LE(0) !== signatures.local)
    throw damaged(source, 'an entry does not begin where its directory says');
  const offset = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (offset + size > source.size) throw damaged(source, 'an entry reaches beyond its end');
  return { name, offset, size, crc32: record.readUInt32LE(16) };
}

function zip64Values(source: ByteSource, extra: Buffer, count: number): number[] {
  for (let position = 0; position + 4 <= extra.length; position += 4 + extra.readUInt16LE(position + 2)) {
    const isZip64 = extra.readUInt16LE(position) === 1 && position + 4 + count * 8 <= extra.length;
    if (isZip64)
      return Array.from({ length: count }, (_, index) => Number(extra.readBigUInt64LE(position + 4 + index * 8)));
  }
  throw damaged(source, 'a Zip64 field is missing');
}

function damaged(source: ByteSource, what: string): CheckpointError {
  return new CheckpointError(`${source.name} is not a sound ZIP file (${what}): download it again.`);
}
