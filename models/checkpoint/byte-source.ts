import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { CheckpointError } from './checkpoint-error.ts';

/** A file read in pieces, by position; a piece beyond its end is a named fault, never a short answer. */
export interface ByteSource {
  /** The file's name without its folder, for messages. */
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openBytes(path: string): Promise<ByteSource> {
  const name = basename(path);
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new CheckpointError(`${name} cannot be opened: give the path of a readable file.`, { cause });
  });
  const { size } = await file.stat();
  return {
    name,
    size,
    read: (offset, length) => readExactly(file, { name, size, offset, length }),
    close: () => file.close(),
  };
}

interface Piece {
  readonly name: string;
  readonly size: number;
  readonly offset: number;
  readonly length: number;
}

async function readExactly(file: FileHandle, { name, size, offset, length }: Piece): Promise<Buffer> {
  const end = offset + length;
  if (!Number.isSafeInteger(end) || offset < 0 || length < 0 || end > size) {
    throw new CheckpointError(
      `${name} ends before byte ${end} (it has ${size}): it is cut short or damaged; download it again.`,
    );
  }
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new CheckpointError(`${name} became shorter while it was read: try again.`);
    done += bytesRead;
  }
  return bytes;
}
