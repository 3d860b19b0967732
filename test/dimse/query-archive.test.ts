import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import type { DimseArchiveSettings } from '#dimse/watched-archive';
import { createDimseArchive } from '#dimse/watched-archive';
import { echo, sendInstances } from '#dimse/storage-scu';
import { createPoller } from '#pipeline/polling/poller';
import { makeDicom } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import { freePort, startOrthanc } from '#test/support/orthanc';
import { testWith } from '#test/support/peers';
import { startListening } from './listening.ts';

const quiet = new AbortController().signal;
const clock = manualClock(Date.UTC(2026, 0, 6));
const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const explicitLittleEndian = '1.2.840.10008.1.2.1';

/** Three studies of two clips each, a series of another modality, and a study of another day. */
const objects = [
  ...[1, 2, 3].flatMap((study) => [1, 2].map((number) => anObject(study, `1.2.${study}.1`, number))),
  anObject(1, '1.2.1.9', 1, { modality: 'CT' }),
  anObject(9, '1.2.9.1', 1, { studyDate: '20250101' }),
];

function anObject(study: number, series: string, number: number, more: Record<string, string> = {}) {
  const sopInstance = `${series}.${number}`;
  const identity = { study: `1.2.${study}`, series, sopInstance, patientId: `P${study}` };
  return { sopInstance, bytes: makeDicom({ ...identity, frames: [number, 7], ...more }) };
}

interface FarPeer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  put(object: ReturnType<typeof anObject>): Promise<void>;
  stop(): Promise<void>;
}

/** Both kinds of archive know us as APICAL at the port given. */
async function orthancFor(ourPort: number): Promise<FarPeer> {
  const orthanc = await startOrthanc({
    modalities: { apical: ['APICAL', '127.0.0.1', ourPort] },
  });
  const { aeTitle, dicomPort: port } = orthanc;
  return { aeTitle, host: '127.0.0.1', port, put: ({ bytes }) => orthanc.put(bytes), stop: () => orthanc.stop() };
}

/** dcmtk's image archive, which counts no instances and knows but some of the attributes. */
async function dcmqrscpFor(ourPort: number): Promise<FarPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'dcmqrscp-'));
  await mkdir(join(folder, 'store'));
  const port = await freePort();
  const configuration = `
NetworkTCPPort = ${port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
apical = (APICAL, 127.0.0.1, ${ourPort})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QRSCP ${join(folder, 'store')} RW (100, 100mb) ANY
AETable END
`;
  await writeFile(join(folder, 'dcmqrscp.cfg'), configuration);
  const child = spawn('dcmqrscp', ['-c', join(folder, 'dcmqrscp.cfg')], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const to = { aeTitle: 'QRSCP', host: '127.0.0.1', port };
  const asking = { to, callingAeTitle: 'APICAL', timeoutMs: 5000, signal: quiet };
  for (
    let left = 100;
    left > 0 &&
    !(await echo(asking).then(
      () => true,
      () => false,
    ));
    left -= 1
  )
    // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    ...to,
    async put({ sopInstance, bytes }) {
      const path = join(folder, 'object.dcm');
      await writeFile(path, bytes);
      const files = [{ path, sopClass: usMultiframe, sopInstance, transferSyntax: explicitLittleEndian }];
      expect(await sendInstances({ ...asking, files })).toMatchObject([{ status: 0 }]);
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe.each([
  ['Orthanc', 'Orthanc', orthancFor],
  ['dcmtk', 'dcmqrscp', dcmqrscpFor],
])('an archive without DICOMweb: %s', (_name, program, start) => {
  for (const retrieve of ['c-get', 'c-move'] as const) {
    testWith(
      [program],
      `what is new comes by ${retrieve}, once, byte for byte; a late series is found, and nothing else is taken`,
      async () => {
        await using cleanup = new AsyncDisposableStack();
        const local = await startListening();
        cleanup.defer(() => local.stop());
        const { archive } = local;
        const peer = await start(local.listener.port);
        cleanup.defer(() => peer.stop());
        for (const object of objects) await peer.put(object);
        const settings: DimseArchiveSettings = {
          ...peer,
          name: 'far',
          callingAeTitle: 'APICAL',
          retrieve,
          modalities: ['US'],
          lookbackDays: 3,
          timeoutMs: 10_000,
        };
        const events: unknown[] = [];
        const publish = (event: unknown) => void events.push(event);
        const { ledger, receive } = archive;
        const far = createDimseArchive(settings, clock);
        const poller = createPoller({ archive: far, ledger, receive, clock, publish });
        expect(await poller.poll(quiet)).toEqual({ studies: 3, instances: 6, failed: 0 });
        expect(archive.instances.map(({ facts }) => facts.sopInstance).toSorted()).toEqual(
          objects.slice(0, 6).map(({ sopInstance }) => sopInstance),
        );
        expect(await dataSet(archive.read('1.2.2.1.1'))).toEqual(await dataSet(objects[2]!.bytes));
        await peer.put(anObject(2, '1.2.2.5', 1));
        expect(await poller.poll(quiet)).toEqual({ studies: 3, instances: 1, failed: 0 });
        expect(await poller.poll(quiet)).toEqual({ studies: 3, instances: 0, failed: 0 });
        expect(archive.count).toMatchObject({ kept: 7, repeated: 0 });
        expect(events).toHaveLength(3);
        await peer.stop();
        expect(await poller.poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
      },
      60_000,
    );
  }
});

/** From the study date on: what comes before names who wrote the file. */
async function dataSet(bytes: Buffer | Promise<Buffer>): Promise<string> {
  const all = await bytes;
  return all.subarray(all.indexOf(Buffer.from('080020004441', 'hex'))).toString('hex');
}
