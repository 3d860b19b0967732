import { createHash, type Hash } from 'node:crypto';
import { ftruncate, write } from 'node:fs';
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { blockBytes, pageAligned } from './direct.ts';
import { bufferBytes, type Answer, type Question } from './writer.ts';

// Digests and writes what others receive: they have no time for it. Of one object there is one buffer at a time.
const growing = new Map<number, { readonly hash: Hash; readonly bytes: number }>();

type Slot = Uint8Array<ArrayBuffer>;

/** Disks that are written directly want aligned memory; more writes at once than this would not make them faster. */
const slots = 8;
const aligned = pageAligned(slots * bufferBytes);
const free = Array.from({ length: slots }, (_, slot) => new Uint8Array(aligned, slot * bufferBytes, bufferBytes));
const waiting: ((slot: Slot) => void)[] = [];

parentPort?.on('message', (question: Question) => {
  const { object, memory } = question;
  void answer(question).then((answered) =>
    parentPort?.postMessage({ object, memory, ...answered } satisfies Answer, [memory]),
  );
});

async function answer({ object, file, memory, length, isLast }: Question): Promise<Pick<Answer, 'sha256' | 'fault'>> {
  const filled = new Uint8Array(memory, 0, length);
  const { hash, bytes } = growing.get(object) ?? { hash: createHash('sha256'), bytes: 0 };
  growing.delete(object);
  const written = file.isDirect ? putDirectly(file.descriptor, filled, bytes + length) : put(file.descriptor, filled);
  hash.update(filled); // while it is written
  try {
    await written;
  } catch (thrown) {
    return { fault: (thrown as NodeJS.ErrnoException).code ?? 'unknown' };
  }
  if (isLast) return { sha256: hash.digest('hex') };
  growing.set(object, { hash, bytes: bytes + length });
  return {};
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
