import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { makeDicom } from '#test/support/make-dicom';
import type { Target } from './target.ts';

/** What else goes on while a sound study is sent. */
export const traffics = ['sound', 'damaged'] as const;
export type Traffic = (typeof traffics)[number];

/** Somebody else's sound study, sent object by object over associations of its own for as long as the others go on. */
export interface Bystander {
  /** From now on this goes on beside it. */
  beside(traffic: Traffic): void;
  /** Resolves once nothing more is sent. */
  stop(): Promise<void>;
  /** Milliseconds from asking for an association to its release, of objects sent wholly beside one kind of traffic. */
  readonly took: Readonly<Record<Traffic, readonly number[]>>;
  /** Objects that were not acknowledged. */
  readonly refused: readonly string[];
}

const pauseMs = 20;

export function startBystander({ port, dataFolder }: Target): Bystander {
  const took: Record<Traffic, number[]> = { sound: [], damaged: [] };
  const refused: string[] = [];
  let beside: Traffic = 'sound';
  const over = new AbortController();
  const sendOne = async (number: number): Promise<void> => {
    const path = join(dataFolder, 'bystander.dcm');
    const uids = { study: '1.9', series: '1.9.1', sopInstance: `1.9.1.${number}` };
    await writeFile(path, makeDicom({ ...uids, frames: [1, 2, 3] }));
    const [before, begun] = [beside, performance.now()];
    const { sopClass, sopInstance, transferSyntax } = readHeader(path);
    const [sent] = await sendInstances({
      files: [{ path, sopClass, sopInstance, transferSyntax }],
      to: { aeTitle: 'APICAL', host: '127.0.0.1', port },
      callingAeTitle: 'SOUND',
      timeoutMs: 30_000,
      signal: new AbortController().signal,
    }).catch(() => []);
    if (sent?.status !== 0) refused.push(`a sound object was answered ${String(sent?.status ?? 'nothing')}`);
    if (before === beside) took[before].push(performance.now() - begun);
    await rm(path);
  };
  const sending = (async () => {
    for (let number = 0; !over.signal.aborted; number += 1) {
      await sendOne(number);
      await sleep(pauseMs);
    }
  })();
  return {
    beside: (traffic) => void (beside = traffic),
    async stop() {
      over.abort();
      await sending;
    },
    took,
    refused,
  };
}
