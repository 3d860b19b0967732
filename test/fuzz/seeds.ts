import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makePhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import { makeDicom } from '#test/support/make-dicom';

const bytesMax = 400_000;

/** What is mutated: small objects and phantoms of our own making, and the small ones of a folder of real files. */
export async function seeds(corpus: string): Promise<readonly Buffer[]> {
  const identity = {
    patientName: 'FUZZ^PHANTOM',
    patientId: 'FUZZ',
    studyInstance: '2.25.7',
    seriesInstance: '2.25.7.1',
    sopInstance: '2.25.7.1.1',
    accessionNumber: 'F',
    instanceNumber: 1,
    studyStartedAt: 0,
    acquiredAt: 0,
  };
  const clip = makePhantomClip({ seed: 'fuzz', view: 'A4C', kind: 'b-mode', frames: 2 });
  const made = [
    makeDicom({ study: '1.2.3', series: '1.2.3.1', sopInstance: '1.2.3.1.1', frames: [1, 2, 3] }),
    Buffer.from(await encodePhantom(clip, identity)),
  ];
  const folders = ['bad', 'us', 'charset', 'sr', 'other'].map((name) => join(corpus, name)).filter(existsSync);
  const paths = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const small = paths.filter((path) => statSync(path).isFile() && statSync(path).size < bytesMax);
  return [...made, ...small.map((path) => readFileSync(path))];
}
