import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { createQuery } from '#dicomweb/client/query';
import { createSend } from '#dicomweb/client/service';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import { createWebArchive } from '#dicomweb/watched-archive';
import type { Uid } from '#domain/uid';
import { createPoller } from '#pipeline/polling/poller';
import { anInstance } from '#test/support/instances';
import { makeDicom } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import { startOrthanc } from '#test/support/orthanc';
import { testWith } from '#test/support/peers';
import { createArchive } from './archive.ts';

const quiet = new AbortController().signal;

testWith(
  ['Orthanc'],
  'of 1,200 studies in Orthanc, in pages of 50, none is missed and none taken twice; a late series is found',
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const orthanc = await startOrthanc({ more: { SyncStorageArea: false } });
    cleanup.defer(() => orthanc.stop());
    const local = await createArchive();
    cleanup.defer(() => local.remove());
    const events: unknown[] = [];
    const archive = {
      name: 'Orthanc',
      url: orthanc.dicomWebUrl,
      authorization: { kind: 'none' },
      timeoutMs: 10_000,
      modalities: ['US'],
      lookbackDays: 3,
      pageSize: 50,
    } as const;
    const clock = manualClock(Date.UTC(2026, 0, 6));
    const poller = createPoller({
      ...local,
      archive: createWebArchive(archive, clock),
      clock,
      publish: (event) => events.push(event),
    });
    // Every tenth has a second instance.
    const wanted = Array.from({ length: 1200 }, (_, index) => index + 1);
    const numbers = (study: number) => (study % 10 === 0 ? [1, 2] : [1]);
    const objects = wanted.flatMap((study) => numbers(study).map((number) => object(study, `1.2.${study}.1`, number)));
    objects.push(
      object(2000, '1.2.2000.1', 1, { studyDate: '20250101' }),
      object(2001, '1.2.2001.1', 1, { modality: 'CT' }),
    );
    const senders = Array.from({ length: 4 }, async () => {
      for (let next = objects.pop(); next; next = objects.pop()) await orthanc.put(next);
    });
    await Promise.all(senders);

    expect(await poller.poll(quiet)).toEqual({ studies: 1200, instances: 1320, failed: 0 });
    expect(new Set(local.instances.map(({ facts }) => facts.study)).size).toBe(1200);
    expect(new Set(local.instances.map(({ facts }) => facts.sopInstance)).size).toBe(1320);
    expect(local.count).toMatchObject({ opened: 1320, kept: 1320, repeated: 0 });

    await orthanc.put(object(7, '1.2.7.2', 1));
    await orthanc.put(object(1201, '1.2.1201.1', 1));
    expect(await poller.poll(quiet)).toEqual({ studies: 1201, instances: 2, failed: 0 });
    expect(local.count.opened).toBe(1322);
    expect(events).toHaveLength(2);
  },
  180_000,
);

testWith(
  ['Orthanc'],
  'what is stored in Orthanc by STOW-RS is found again; twice stored is once there; away is away',
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const orthanc = await startOrthanc();
    cleanup.defer(() => orthanc.stop());
    const folder = await mkdtemp(join(tmpdir(), 'stow-'));
    cleanup.defer(() => rm(folder, { recursive: true }));
    const path = join(folder, 'result.dcm');
    await writeFile(path, object(1, '1.2.1.1', 1));
    const settings = {
      name: 'Orthanc',
      url: orthanc.dicomWebUrl,
      authorization: { kind: 'none' },
      timeoutMs: 10_000,
    } as const;
    const { facts, ...row } = anInstance('result');
    const uids = { study: '1.2.1', series: '1.2.1.1', sopInstance: '1.2.1.1.1', transferSyntax: '1.2.840.10008.1.2.1' };
    const instance = {
      ...row,
      facts: { ...facts, ...(uids as unknown as Record<keyof typeof uids, Uid & typeof facts.study>) },
    };

    const destination = createStowDestination(settings);
    await destination.deliver(instance, path, quiet);
    await destination.deliver(instance, path, quiet);
    const query = createQuery('Orthanc', createSend(settings, 'ARCHIVE_UNREACHABLE'), {
      unreachable: 'ARCHIVE_UNREACHABLE',
      unusable: 'ARCHIVE_ANSWER_UNUSABLE',
    });
    expect(await query.instances(uids, {}, quiet)).toHaveLength(1);

    await writeFile(path, 'no DICOM');
    const other = { ...instance, facts: { ...instance.facts, sopInstance: '1.2.1.1.2' as Uid } };
    await expect(destination.deliver(other, path, quiet)).rejects.toMatchObject({
      code: expect.stringMatching(/^DESTINATION_/),
    });
    await orthanc.stop();
    await expect(destination.deliver(instance, path, quiet)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  },
  60_000,
);

function object(
  study: number,
  series: string,
  number: number,
  more: { studyDate?: string; modality?: string } = {},
): Buffer {
  return makeDicom({
    study: `1.2.${study}`,
    series,
    sopInstance: `${series}.${number}`,
    patientId: `P${study}`,
    frames: [1],
    ...more,
  });
}
