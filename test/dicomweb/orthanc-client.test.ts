import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { createDicomWebRouter } from '#dicomweb/server/router';
import type { AgentEvent } from '#domain/event';
import { createClipReader } from '#look/clip-reader';
import { createReceive } from '#pipeline/receive';
import { createCatalogue } from '#store/catalogue';
import { openInstanceFiles } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { manualClock } from '#test/support/manual-clock';
import { startOrthanc } from '#test/support/orthanc';
import { sharedPath, testWith } from '#test/support/peers';
import { serve } from './serve.ts';
import { quietReceiving } from '#test/support/receiving';

/** Our service as it is built, over the store and the readers that it has in practice. */
async function startService(cleanup: AsyncDisposableStack) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'service-'));
  cleanup.defer(() => rm(dataFolder, { recursive: true }));
  const clock = manualClock();
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => void events.push(event);
  const database = openDatabase(join(dataFolder, 'archive'));
  cleanup.defer(() => database.close());
  const ledger = createLedger(database, clock, { ownsFolder: true });
  const limits = { dataFolder, instanceBytesMax: 2 ** 30, freeBytesMin: 0 };
  const files = await openInstanceFiles(limits, clock, { ownsFolder: true });
  const reader = createClipReader({ workers: 1, timeLimitMs: 30_000, memoryLimitMb: 512 });
  cleanup.defer(() => reader.close());
  const receive = createReceive({
    clock,
    ledger,
    files,
    reader,
    ...quietReceiving(1000),
    publish,
    limits: { studyBytesMax: 1e9, queueMax: 1000 },
  });
  const catalogue = createCatalogue(database);
  const router = createDicomWebRouter({
    catalogue,
    files,
    reader,
    parts: reader,
    receive,
    publish,
    limits: { resultsMax: 100, partsMax: 100 },
  });
  const server = await serve((app) => app.use(router.routes()));
  cleanup.defer(() => server.stop());
  return { url: `${server.url}/dicom-web`, events };
}

testWith(
  ['Orthanc', 'shared:corpus/us'],
  'Orthanc as a client sends every ultrasound of the corpus to us, finds it, and gets it back byte for byte',
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const { url, events } = await startService(cleanup);
    const DicomWeb = { Enable: true, Root: '/dicom-web/', Servers: { apical: [`${url}/`] } };
    const orthanc = await startOrthanc({ more: { DicomWeb, OverwriteInstances: true, StorageCompression: false } });
    cleanup.defer(() => orthanc.stop());
    const ask = async (path: string, body: unknown) => {
      const answer = await fetch(`${orthanc.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
      expect([path, answer.status]).toEqual([path, 200]);
      const told: any = await answer.json();
      return told;
    };

    const names = (await readdir(sharedPath('corpus', 'us'))).filter((name) => !name.endsWith('.mp4'));
    for (const name of names) await orthanc.put(await readFile(sharedPath('corpus', 'us', name)));
    const held = (await (await fetch(`${orthanc.url}/instances`)).json()) as string[];
    await ask('/dicom-web/servers/apical/stow', { Resources: held, Synchronous: true });
    expect(events.filter(({ kind }) => kind === 'instance-refused')).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'instance-kept')).toHaveLength(held.length);

    const found = await ask('/dicom-web/servers/apical/qido', {
      Uri: '/studies',
      Arguments: { ModalitiesInStudy: 'US' },
    });
    const studies = (await (await fetch(`${orthanc.url}/studies`)).json()) as string[];
    expect(found).toHaveLength(studies.length);

    const files = new Map<string, Buffer>();
    for (const id of held)
      files.set(id, Buffer.from(await (await fetch(`${orthanc.url}/instances/${id}/file`)).arrayBuffer()));
    for (const id of studies) await fetch(`${orthanc.url}/studies/${id}`, { method: 'DELETE' });
    const Resources = found.map((dataset: any) => ({ Study: dataset['0020000D'].Value }));
    await ask('/dicom-web/servers/apical/retrieve', { Resources, Synchronous: true });
    for (const [id, file] of files) {
      const again = Buffer.from(await (await fetch(`${orthanc.url}/instances/${id}/file`)).arrayBuffer());
      expect([id, again.equals(file)]).toEqual([id, true]);
    }
  },
  120_000,
);
