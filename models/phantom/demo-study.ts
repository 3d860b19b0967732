import { deriveUid } from '#domain/uid';
import { makePhantomClip, type PhantomKind, type PhantomTruth } from './clip.ts';
import { drawHeart } from './heart.ts';
import { encodePhantom, type PhantomEncoding } from './phantom-dicom.ts';
import { randomOf } from './random.ts';
import type { PhantomView } from './views/of-view.ts';

/** One object of a study, with what is known of it. */
export interface DemoObject {
  /** A file name. */
  readonly name: string;
  /** A Part 10 file. */
  readonly bytes: Uint8Array;
  readonly truth: PhantomTruth;
  /** How many objects the study has. */
  readonly total: number;
}

export interface DemoWish {
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
}

interface Recording {
  readonly view: PhantomView;
  readonly kind: PhantomKind;
  readonly encoding?: PhantomEncoding;
}

/** What a sonographer would bring home: cines of the common views, colour, and the stills of a measurement. */
const recordings: readonly Recording[] = [
  { view: 'PLAX', kind: 'b-mode' },
  { view: 'PLAX', kind: 'm-mode', encoding: { transferSyntax: 'explicit-little-endian' } },
  { view: 'PSAX', kind: 'b-mode' },
  { view: 'A4C', kind: 'b-mode' },
  { view: 'A4C', kind: 'colour-doppler' },
  { view: 'A4C', kind: 'spectral-doppler' },
  { view: 'A4C', kind: 'b-mode' },
  { view: 'A2C', kind: 'b-mode' },
];
const frames = 42;
const defaultStart = Date.UTC(2026, 0, 5, 10, 15);
const millisecondsApart = 40_000;

/** The objects of one study of one phantom patient, in order of recording: the same wish gives the same bytes. */
export async function* makeDemoStudy({ seed, startedAt = defaultStart }: DemoWish): AsyncGenerator<DemoObject> {
  const heart = drawHeart(randomOf(seed, 'demo heart'));
  const study = deriveUid('phantom study', String(seed));
  for (const [index, { view, kind, encoding = {} }] of recordings.entries()) {
    const patient = `PHANTOM-${seed}`;
    const clip = makePhantomClip({ seed: `demo-${seed}-${index}`, view, kind, heart, frames, patient });
    const identity = {
      patientName: 'PHANTOM^DEMO',
      patientId: patient,
      studyInstance: study,
      seriesInstance: deriveUid(study, 'series'),
      sopInstance: deriveUid(study, 'instance', String(index)),
      accessionNumber: `P${seed}`,
      instanceNumber: index + 1,
      studyStartedAt: startedAt,
      acquiredAt: startedAt + index * millisecondsApart,
    };
    const name = `${String(index + 1).padStart(2, '0')}-${view.toLowerCase()}-${kind}.dcm`;
    yield { name, bytes: await encodePhantom(clip, identity, encoding), truth: clip.truth, total: recordings.length };
  }
}
