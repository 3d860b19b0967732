import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { AgentError } from '#domain/errors';

/** Random access to the bytes of an object. Synchronous: it is read in worker threads only. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. Throws OBJECT_UNREADABLE where they are not there. */
  read(offset: number, length: number): Buffer;
}

const windowBytes = 1 << 16;

/** Opens a file for the time of `use`; small reads come from a window, so that walking a header costs few system calls. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(fileSource(file, fstatSync(file).size));
  } finally {
    closeSync(file);
  }
}

/** The same for a use that takes its time. */
export async function withOpenFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const file = openSync(path, 'r');
  try {
    return await use(fileSource(file, fstatSync(file).size));
  } finally {
    closeSync(file);
  }
}

export function bufferSource(buffer: Buffer): ByteSource {
  return {
    size: buffer.length,
    read(offset, length) {
      requireBytes(buffer.length, offset, length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

function fileSource(file: number, size: number): ByteSource {
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  const fill = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    const got = readSync(file, buffer, 0, length, offset);
    return buffer.subarray(0, got);
  };
  return {
    size,
    read(offset, length) {
      requireBytes(size, offset, length);
      if (length > windowBytes) return fill(offset, length);
      if (offset < windowAt || offset + length > windowAt + window.length) {
        window = fill(offset, Math.min(windowBytes, size - offset));
        windowAt = offset;
      }
      return window.subarray(offset - windowAt, offset - windowAt + length);
    },
  };
}

function requireBytes(size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new AgentError('OBJECT_UNREADABLE', `It ends before byte ${offset + length}; it has ${size} bytes.`);
  }
}
