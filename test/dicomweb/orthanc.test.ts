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
  'of 120 studies in Orthanc, in pages of 50, none is missed and none taken twice; a late series is found',
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const orthanc = await startOrthanc();
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
    for (let study = 1; study <= 120; study += 1)
      for (const number of [1, 2]) await orthanc.put(object(study, `1.2.${study}.1`, number));
    await orthanc.put(object(500, '1.2.500.1', 1, { studyDate: '20250101' }));
    await orthanc.put(object(501, '1.2.501.1', 1, { modality: 'CT' }));

    expect(await poller.poll(quiet)).toEqual({ studies: 120, instances: 240, failed: 0 });
    expect(new Set(local.instances.map(({ facts }) => facts.sopInstance)).size).toBe(240);
    expect(local.count).toMatchObject({ opened: 240, kept: 240, repeated: 0 });

    await orthanc.put(object(7, '1.2.7.2', 1));
    await orthanc.put(object(121, '1.2.121.1', 1));
    expect(await poller.poll(quiet)).toEqual({ studies: 121, instances: 2, failed: 0 });
    expect(await poller.poll(quiet)).toEqual({ studies: 121, instances: 0, failed: 0 });
    expect(local.count.opened).toBe(242);

    await local.ledger.saveCheckpoint('poll Orthanc', ''); // as after a kill before it was saved
    expect(await poller.poll(quiet)).toEqual({ studies: 121, instances: 0, failed: 0 });
    expect(events).toHaveLength(4);
  },
  120_000,
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
