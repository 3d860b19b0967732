import { createHash, type Hash } from 'node:crypto';
import { ftruncate, write } from 'node:fs';
import { promisify } from 'node:util';
import { AgentError } from '#domain/errors';
import { answerCalls, type Answered } from '#src/threads/answering';
import { blockBytes, pageAligned } from './direct.ts';
import { bufferBytes, type Question, type Written } from './writer.ts';

// Digests and writes what others receive: they have no time for it. Of one object there is one buffer at a time.
const growing = new Map<number, { readonly hash: Hash; readonly bytes: number }>();

type Slot = Uint8Array<ArrayBuffer>;

/** Disks that are written directly want aligned memory; more writes at once than this would not make them faster. */
const slots = 8;
const aligned = pageAligned(slots * bufferBytes);
const free = Array.from({ length: slots }, (_, slot) => new Uint8Array(aligned, slot * bufferBytes, bufferBytes));
const waiting: ((slot: Slot) => void)[] = [];

answerCalls(append);

async function append({ object, file, memory, length, isLast }: Question): Promise<Answered> {
  const filled = new Uint8Array(memory, 0, length);
  const { hash, bytes } = growing.get(object) ?? { hash: createHash('sha256'), bytes: 0 };
  growing.delete(object); // for good where it cannot be written
  const written = file.isDirect ? putDirectly(file.descriptor, filled, bytes + length) : put(file.descriptor, filled);
  hash.update(filled); // while it is written
  await written.catch(failed);
  if (!isLast) growing.set(object, { hash, bytes: bytes + length });
  const value: Written = { memory, ...(isLast && { sha256: hash.digest('hex') }) };
  return { value, transfer: [memory] };
}

function failed(cause: NodeJS.ErrnoException): never {
  if (cause.code === 'ENOSPC') throw new AgentError('STORAGE_FULL', 'The disk is full.');
  throw new Error(`Writing failed: ${cause.code ?? 'unknown'}.`);
}

/** Whole blocks; where the last is not filled, the file is cut to its length after it. */
async function putDirectly(descriptor: number, filled: Uint8Array, end: number): Promise<void> {
  const slot = free.pop() ?? (await new Promise<Slot>((resolve) => waiting.push(resolve)));
  try {
    slot.set(filled);
    const whole = Math.ceil(filled.length / blockBytes) * blockBytes;
    await put(descriptor, slot.fill(0, filled.length, whole).subarray(0, whole));
    if (whole > filled.length) await promisify(ftruncate)(descriptor, end);
  } finally {
    const next = waiting.shift();
    if (next) next(slot);
    else free.push(slot);
  }
}

async function put(descriptor: number, bytes: Slot): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await promisify(write)(descriptor, bytes, at)).bytesWritten;
}
