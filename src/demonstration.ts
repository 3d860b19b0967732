import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError } from '#domain/errors';
import type { Ledger } from './ports/ledger.ts';

/** Where a demonstration study is sent. */
export interface Receiver {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
}

/** What a demonstration is doing, for whoever watches. */
export interface DemonstrationStep {
  readonly step: 'make' | 'send';
  readonly done: number;
  readonly total: number;
}

export interface DemonstrationRequest {
  readonly seed: number;
  readonly to: Receiver;
  readonly signal?: AbortSignal;
  onStep?(step: DemonstrationStep): void;
}

/** Makes a study of a phantom and sends it as a scanner would, by C-STORE. Returns its Study Instance UID. */
export async function demonstrate(request: DemonstrationRequest): Promise<{ study: string; sent: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'apical-demonstration-'));
  try {
    const files = (await makeStudy(folder, request)).map((path) => ({ path, ...readHeader(path) }));
    const outcomes = await sendInstances({
      files,
      to: request.to,
      callingAeTitle: 'PHANTOM',
      timeoutMs: 60_000,
      signal: request.signal ?? new AbortController().signal,
      onSent: (index) => request.onStep?.({ step: 'send', done: index + 1, total: files.length }),
    });
    const refused = outcomes.find(({ status }) => status !== 0);
    if (refused)
      throw new AgentError('DESTINATION_REFUSED', `Status ${refused.status.toString(16)} for a demonstration object.`);
    return { study: files[0]!.study, sent: files.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A demonstration at a click: another heart each time. */
export function createDemonstration({
  to,
  ledger,
}: {
  to: Receiver;
  ledger: Ledger;
}): () => Promise<{ study: string }> {
  let underWay: Promise<{ study: string }> | undefined;
  const run = async () => {
    const seed = Number((await ledger.checkpoint('demonstrations')) ?? '0') + 1;
    const made = await demonstrate({ seed, to });
    await ledger.saveCheckpoint('demonstrations', String(seed));
    return made;
  };
  return () => (underWay ??= run().finally(() => (underWay = undefined)));
}

/** The study's files, made on a thread of its own: the agent goes on receiving meanwhile. */
function makeStudy(folder: string, { seed, signal, onStep }: DemonstrationRequest): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./demonstration-worker.ts', import.meta.url), { workerData: { folder, seed } });
    signal?.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.on('message', (message: DemonstrationStep | { readonly paths: readonly string[] }) => {
      if ('paths' in message) resolve(message.paths);
      else onStep?.(message);
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new AgentError('TOO_BUSY', 'The demonstration was stopped.')));
  });
}
