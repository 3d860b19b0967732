import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { readHeader } from '#dicom/header';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { echo } from '#dimse/storage-scu';
import type { Uid } from '#domain/uid';
import { anInstance } from '#test/support/instances';
import { makeDicom } from '#test/support/make-dicom';
import { startOrthanc } from '#test/support/orthanc';
import { sharedPath, testWith } from '#test/support/peers';
import { startListening } from './listening.ts';

describe('with Orthanc', () => {
  testWith(['Orthanc'], 'a result is delivered, twice without harm', async () => {
    const orthanc = await startOrthanc();
    const folder = await mkdtemp(join(tmpdir(), 'result-'));
    try {
      const [path, sopInstance] = [join(folder, 'result.dcm'), '1.2.3.4'];
      await writeFile(path, makeDicom({ study: '1.2', series: '1.2.1', sopInstance, frames: [1, 2] }));
      const result = anInstance('result');
      const facts = { ...result.facts, ...readHeader(path), sopInstance: sopInstance as Uid };
      const to = { aeTitle: orthanc.aeTitle, host: '127.0.0.1', port: orthanc.dicomPort };
      const settings = { name: 'orthanc', ...to, callingAeTitle: 'APICAL', timeoutMs: 20_000 };
      const { signal } = new AbortController();
      await echo({ to, callingAeTitle: 'APICAL', timeoutMs: 20_000, signal });
      const destination = createCStoreDestination(settings);
      for (const _ of [1, 2]) await destination.deliver({ ...result, facts }, path, signal);
      const instances = (await (await fetch(`${orthanc.url}/instances?expand`)).json()) as object[];
      expect(instances).toHaveLength(1);
      expect(instances[0]).toMatchObject({ MainDicomTags: { SOPInstanceUID: sopInstance } });
    } finally {
      await orthanc.stop();
      await rm(folder, { recursive: true });
    }
  });

  // The process died after the archive's answer and before the commit: the job is told again by a process that knows nothing.
  testWith(
    ['Orthanc'],
    'a result that was delivered before the process died is there once, without a hand',
    async () => {
      for (const OverwriteInstances of [true, false]) {
        const orthanc = await startOrthanc({ more: { OverwriteInstances } });
        const folder = await mkdtemp(join(tmpdir(), 'result-'));
        try {
          const path = join(folder, 'result.dcm');
          await writeFile(path, makeDicom({ study: '1.2', series: '1.2.1', sopInstance: '1.2.3.4', frames: [1, 2] }));
          const result = { ...anInstance('result'), facts: readHeader(path), role: 'result' as const };
          const to = { aeTitle: orthanc.aeTitle, host: '127.0.0.1', port: orthanc.dicomPort };
          const settings = { name: 'orthanc', ...to, callingAeTitle: 'APICAL', timeoutMs: 20_000 };
          const { signal } = new AbortController();
          for (const _ of ['before', 'after']) await createCStoreDestination(settings).deliver(result, path, signal);
          expect((await (await fetch(`${orthanc.url}/instances`)).json()) as object[]).toHaveLength(1);
        } finally {
          await orthanc.stop();
          await rm(folder, { recursive: true });
        }
      }
    },
  );

  testWith(['Orthanc', 'shared:corpus'], 'a study that it sends is taken as it is', async () => {
    const { listener, archive, events, stop } = await startListening({ pduLengthMax: 131_072 });
    const modalities = { apical: ['APICAL', listener.host, listener.port] } as const;
    const orthanc = await startOrthanc({ modalities });
    try {
      const names = ['us/I_000036.dcm', 'us/I_000034.dcm', 'us/ybrFull-RLE.dcm', 'us/examples_jpeg2k.dcm', 'sr/sr.dcm'];
      const paths = names.map((name) => sharedPath('corpus', name));
      for (const path of paths) await orthanc.put(await readFile(path));
      const ids = (await (await fetch(`${orthanc.url}/instances`)).json()) as string[];
      const answer = await fetch(`${orthanc.url}/modalities/apical/store`, {
        method: 'POST',
        body: JSON.stringify({ Resources: ids, Synchronous: true }),
      });
      expect(await answer.json()).toMatchObject({ InstancesCount: 5, FailedInstancesCount: 0 });
      const kept = new Map(archive.instances.map(({ facts }) => [facts.sopInstance, facts.transferSyntax]));
      const sent = new Map(paths.map(readHeader).map((facts) => [facts.sopInstance, facts.transferSyntax]));
      expect(kept).toEqual(sent);
      expect(events).toEqual([]);
    } finally {
      await orthanc.stop();
      await stop();
    }
  });
});
