import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { hasStorescu } from '#test/kill/sending';
import { below, mutate, type Numbers } from './mutate.ts';
import { hangMs, type Target } from './target.ts';

/** What one side said over an association, one PDU after the other. */
export type Talk = readonly Buffer[];

/** Associations as they really were: ours, and dcmtk's where it is at hand, each sending all files; the first PDU is the request. */
export async function recordTalks(target: Target, files: readonly Buffer[]): Promise<readonly Talk[]> {
  const folder = join(target.dataFolder, 'recorded');
  await mkdir(folder);
  const paths = files.map((_, index) => join(folder, `${index}.dcm`));
  await Promise.all(paths.map((path, index) => writeFile(path, files[index]!)));
  const ours = await record(target.port, async (port) => {
    const sending = paths.map((path) => ({ path, ...readHeader(path) }));
    const to = { aeTitle: 'APICAL', host: '127.0.0.1', port };
    const signal = new AbortController().signal;
    await sendInstances({ files: sending, to, callingAeTitle: 'FUZZ', timeoutMs: hangMs, signal });
  });
  if (!hasStorescu()) return [ours];
  const theirs = await record(target.port, async (port) => {
    const options = ['-R', '-xe', '-aec', 'APICAL', '127.0.0.1', String(port)];
    await once(spawn('storescu', [...options, paths[0]!], { stdio: 'ignore' }), 'close');
  });
  return [ours, theirs];
}

/** Hands on what is said to the target, and writes down what the one who called said. */
async function record(port: number, speak: (port: number) => Promise<void>): Promise<Talk> {
  const said: Buffer[] = [];
  const between = createServer((caller) => {
    const called = createConnection({ port, host: '127.0.0.1' });
    caller.on('data', (chunk) => said.push(chunk));
    caller.on('error', () => called.destroy());
    called.on('error', () => caller.destroy());
    caller.pipe(called).pipe(caller);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  await speak((between.address() as AddressInfo).port);
  between.close();
  return pdusIn(Buffer.concat(said));
}

/** PS3.8 section 9.3.1: type, a reserved byte, the length of what follows. */
function pdusIn(bytes: Buffer): Talk {
  const pdus: Buffer[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += pdus.at(-1)!.length) {
    pdus.push(bytes.subarray(at, at + 6 + bytes.readUInt32BE(at + 2)));
  }
  return pdus;
}

/** What was said, damaged: PDUs changed, left out, said twice or in another order, and cut short somewhere. */
export function mutateTalk(talk: Talk, numbers: Numbers): Talk {
  const said = talk.slice(0, 1 + below(numbers, talk.length));
  for (let times = 1 + below(numbers, 3); times > 0; times -= 1) {
    const at = below(numbers, said.length);
    const other = talk[below(numbers, talk.length)]!;
    const kind = below(numbers, 6);
    if (kind === 0) said.splice(at, 1);
    else if (kind === 1) said.splice(at, 0, other);
    else if (said[at]) said[at] = mutate(said[at], numbers, other);
  }
  return said;
}

/** Says it, hears until the other side ends, and tells whether it did. */
export async function hold(talk: Talk, { port }: Target): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
  socket.on('error', () => undefined).resume();
  for (const pdu of talk) socket.write(pdu);
  socket.end();
  const isEnded = await Promise.race([closed, sleep(hangMs, false, { ref: false })]);
  socket.destroy();
  return isEnded;
}
