import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { bufferSource } from '#dicom/byte-source';
import { locateDataSet } from '#dicom/part10';
import { deriveUid } from '#domain/uid';
import { makePhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import type { FileToSend } from '#dimse/storage-scu';
import { makeDicom } from '#test/support/make-dicom';

/** A file on its way to the agent, and what must be found there. */
export interface Sample extends FileToSend {
  readonly study: string;
  /** The way it takes to the agent. */
  readonly by: 'c-store' | 'stow-rs' | 'poll';
  readonly file: Buffer;
  /** What goes over the wire. */
  readonly dataSet: Buffer;
}

export function dataSetOf(file: Buffer): Buffer {
  return file.subarray(locateDataSet(bufferSource(file)).offset);
}

/** Makes the objects of each round: one study with a clip that is looked at, and small studies of one or two objects, some by STOW-RS, one in an archive that is watched. */
export async function createSamples(folder: string, seed: string) {
  await mkdir(folder, { recursive: true });
  const clip = makePhantomClip({ seed, view: 'A4C', kind: 'b-mode', frames: 12 });
  let made = 0;
  const write = async (bytes: Uint8Array, by: Sample['by'] = 'c-store'): Promise<Sample> => {
    const path = join(folder, `${(made += 1)}.dcm`);
    await writeFile(path, bytes);
    const { study, sopClass, sopInstance, transferSyntax } = readHeader(path);
    const file = Buffer.from(bytes);
    return { path, study, sopClass, sopInstance, transferSyntax, by, file, dataSet: dataSetOf(file) };
  };
  const uids = (round: number, index: number, object: number) => {
    const study = deriveUid('kill', seed, String(round), String(index));
    return { study, series: deriveUid(study, 'series'), sopInstance: deriveUid(study, String(object)) };
  };
  const phantom = async (round: number): Promise<Sample> => {
    const { study, series, sopInstance } = uids(round, 0, 0);
    const identity = {
      patientName: 'PHANTOM^KILL',
      patientId: `PHANTOM-${round}`,
      studyInstance: study,
      seriesInstance: series,
      sopInstance,
      accessionNumber: `K${round}`,
      instanceNumber: 1,
      studyStartedAt: Date.UTC(2026, 0, 5),
      acquiredAt: Date.UTC(2026, 0, 5),
    };
    return write(await encodePhantom(clip, identity));
  };
  return async (round: number): Promise<readonly Sample[]> => {
    const samples = [await phantom(round)];
    for (let index = 1; index <= 4; index += 1) {
      for (let object = 0; object < 1 + (index % 2); object += 1) {
        const more = { PatientComments: 'x'.repeat(2000) };
        samples.push(await write(makeDicom({ ...uids(round, index, object), frames: [1, 2, 3], more })));
      }
    }
    for (const [index, by] of [
      [5, 'stow-rs'],
      [6, 'stow-rs'],
      [7, 'poll'],
    ] as const)
      // prettier-ignore
      samples.push(await write(makeDicom({ ...uids(round, index, 0), frames: [4, 5, 6] }), by));
    return samples;
  };
}
