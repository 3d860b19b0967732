import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readHeader } from '#dicom/header';
import { createCommitments, type Commitments } from '#dimse/commitments';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { withCommitment } from '#dimse/destinations/committed';
import { listen, type Listener } from '#dimse/listener';
import { readCommitmentReport, writeCommitmentRequest } from '#dimse/storage-commitment';
import type { Instance } from '#domain/instance';
import type { Destination } from '#src/ports';
import { systemClock } from '#src/clock';
import { anInstance } from '#test/support/instances';
import { makeDicom } from '#test/support/make-dicom';
import { startOrthanc } from '#test/support/orthanc';
import { testWith } from '#test/support/peers';
import { dimseSettings } from './listening.ts';

const quiet = new AbortController().signal;
const uids = { study: '1.2', series: '1.2.1', sopInstance: '1.2.3.4' };

let folder: string;
let path: string;
let instance: Instance;
let commitments: Commitments;
let listener: Listener;
const events: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commitment-'));
  path = join(folder, 'result.dcm');
  await writeFile(path, makeDicom({ ...uids, frames: [1, 2] }));
  instance = { ...anInstance('result'), role: 'result', facts: readHeader(path) };
  commitments = createCommitments();
  listener = await listen({
    settings: dimseSettings,
    receive: () => Promise.reject(new Error('nothing is received here')),
    publish: (event) => void events.push(event),
    clock: systemClock,
    reported: (report) => commitments.report(report),
  });
});
afterEach(async () => {
  await listener.close();
  await rm(folder, { recursive: true });
});

type Orthanc = Awaited<ReturnType<typeof startOrthanc>>;

async function withOrthanc(act: (orthanc: Orthanc) => Promise<void>, isKnown = true): Promise<void> {
  const modalities = { apical: ['APICAL', '127.0.0.1', isKnown ? listener.port : 1] } as const;
  const orthanc = await startOrthanc({ modalities });
  try {
    await act(orthanc);
  } finally {
    await orthanc.stop();
  }
}

function destinationAt(
  orthanc: Orthanc,
  {
    stored,
    commitmentMs = 20_000,
    heardBy = commitments,
  }: { stored?: Destination; commitmentMs?: number; heardBy?: Commitments } = {},
) {
  const to = { aeTitle: orthanc.aeTitle, host: '127.0.0.1', port: orthanc.dicomPort };
  const settings = { name: 'orthanc', ...to, callingAeTitle: 'APICAL', timeoutMs: 20_000 };
  return withCommitment(stored ?? createCStoreDestination(settings), {
    ...settings,
    commitmentMs,
    commitments: heardBy,
  });
}

describe('with Orthanc', () => {
  testWith(['Orthanc'], 'an instance is delivered once Orthanc vouches for it, on an association of its own', () =>
    withOrthanc(async (orthanc) => {
      await destinationAt(orthanc).deliver(instance, path, quiet);
      expect(await (await fetch(`${orthanc.url}/instances`)).json()).toHaveLength(1);
      expect(events).toEqual([]);
    }),
  );

  testWith(
    ['Orthanc'],
    'an agent that was started anew before it heard of an answer asks again, and nothing is double',
    () =>
      withOrthanc(async (orthanc) => {
        const deaf: Commitments = {
          ...commitments,
          open: () => ({ ...commitments.open(), reported: new Promise(() => {}) }),
        };
        await expect(
          destinationAt(orthanc, { commitmentMs: 500, heardBy: deaf }).deliver(instance, path, quiet),
        ).rejects.toMatchObject({
          detail: expect.stringContaining('not committed'),
        });
        commitments = createCommitments(); // what was open is forgotten with the process
        const receipt = await destinationAt(orthanc).deliver(instance, path, quiet);
        expect(receipt).toEqual({ kind: 'proved', proof: 'committed' });
        expect(await (await fetch(`${orthanc.url}/instances`)).json()).toHaveLength(1);
      }),
  );

  testWith(['Orthanc'], 'an instance that the archive dropped silently is not delivered, and is sent again', () =>
    withOrthanc(async (orthanc) => {
      let sent = 0;
      const dropping: Destination = { name: 'orthanc', deliver: async () => void (sent += 1) };
      const destination = destinationAt(orthanc, { stored: dropping });
      for (const times of [1, 2]) {
        await expect(destination.deliver(instance, path, quiet)).rejects.toMatchObject({
          code: 'DESTINATION_BUSY',
          detail: expect.stringContaining('0112H'),
        });
        expect(sent).toBe(times);
      }
    }),
  );

  testWith(['Orthanc'], 'where the answer cannot reach us we do not believe, and ask again without sending again', () =>
    withOrthanc(async (orthanc) => {
      let sent = 0;
      const counting: Destination = { name: 'orthanc', deliver: async () => void (sent += 1) };
      const destination = destinationAt(orthanc, { stored: counting, commitmentMs: 1000 });
      for (const _ of [1, 2])
        await expect(destination.deliver(instance, path, quiet)).rejects.toMatchObject({
          detail: expect.stringContaining('not committed'),
        });
      expect(sent).toBe(1);
    }, false),
  );
});

test('an answer that comes late counts at the next attempt, and nothing is asked again', async () => {
  const asked: string[] = [];
  const spying: Commitments = {
    ...commitments,
    open() {
      const opened = commitments.open();
      asked.push(opened.transaction);
      return opened;
    },
  };
  const stored: Destination = { name: 'pacs', deliver: async () => {} };
  const peer = { aeTitle: 'APICAL', host: '127.0.0.1', port: listener.port }; // it is told of commitments, and makes none
  const settings = { ...peer, callingAeTitle: 'A', timeoutMs: 500, commitmentMs: 100, commitments: spying };
  const destination = withCommitment(stored, settings);
  await expect(destination.deliver(instance, path, quiet)).rejects.toMatchObject({
    code: 'DESTINATION_REFUSED',
    detail: expect.stringContaining('offers no storage commitment'),
  });
  commitments.report({ transaction: asked[0]!, committed: new Set([uids.sopInstance]), failed: new Map() });
  await turn();
  await destination.deliver(instance, path, quiet);
  expect(asked).toHaveLength(1);
});

test('a peer that turns us away is a matter for a person', async () => {
  await listener.close();
  listener = await listen({
    settings: { ...dimseSettings, callingAeTitles: ['SOMEBODY'] },
    receive: () => Promise.reject(new Error('nothing')),
    publish: () => {},
    clock: systemClock,
  });
  const settings = { aeTitle: 'APICAL', host: '127.0.0.1', port: listener.port, callingAeTitle: 'A', timeoutMs: 500 };
  const stored: Destination = { name: 'pacs', deliver: async () => {} };
  const destination = withCommitment(stored, { ...settings, commitmentMs: 100, commitments });
  await expect(destination.deliver(instance, path, quiet)).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
});

test('a report of a transaction that nobody opened is of no use and does no harm', () => {
  const { transaction } = commitments.open();
  commitments.report({ transaction: '1.2.3', committed: new Set(), failed: new Map() });
  expect(transaction).toMatch(/^2\.25\.\d+$/);
});

test('a request is read as it was written', () => {
  const bytes = writeCommitmentRequest('1.2.34', { sopClass: '1.2.840.10008.5.1.4.1.1.88.33', sopInstance: '1.2.3' });
  expect(readCommitmentReport(bytes, '1.2.840.10008.1.2')).toEqual({
    transaction: '1.2.34',
    committed: new Set(['1.2.3']),
    failed: new Map(),
  });
});
