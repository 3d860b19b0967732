import { deriveUid } from '#domain/uid';
import { makePhantomClip, type PhantomTruth } from './clip.ts';
import { encodePixels } from './encodings/pixels.ts';
import type { Heart } from './heart.ts';
import { packPhantom, type PhantomEncoding, type PhantomIdentity } from './phantom-dicom.ts';
import type { Recording } from './recordings.ts';

/** A study to be made. */
export interface StudyWish {
  /** The same seed and wish give the same bytes. */
  readonly seed: string | number;
  readonly patientId: string;
  readonly patientName: string;
  readonly heart: Heart;
  readonly recordings: readonly Recording[];
  /** Of each cine. */
  readonly frames: number;
  readonly frameTimeMs?: number;
  /** How each object is written; one after another where there are several. */
  readonly encodings: readonly PhantomEncoding[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** One object of a study, with what is known of it. */
export interface StudyObject {
  /** A file name without its ending. */
  readonly name: string;
  readonly identity: PhantomIdentity;
  /** A Part 10 file. */
  readonly bytes: Uint8Array;
  readonly truth: PhantomTruth;
  /** The same pixels as another object: nothing is drawn again. */
  again(identity: PhantomIdentity): Uint8Array;
}

const millisecondsApart = 40_000;

/** The objects of one study of one phantom patient, in order of recording. */
export async function* makePhantomStudy(wish: StudyWish): AsyncGenerator<StudyObject> {
  const { seed, heart, recordings, encodings, patientId: patient } = wish;
  for (const [index, { view, kind }] of recordings.entries()) {
    const encoding = encodings[index % encodings.length] ?? {};
    const frameTimeMs = wish.frameTimeMs ?? 33.333;
    const clip = makePhantomClip({
      seed: `${seed}-${index}`,
      view,
      kind,
      heart,
      frames: wish.frames,
      frameTimeMs,
      patient,
    });
    const pixels = await encodePixels(clip, encoding);
    const identity = identityOf(wish, index);
    // Of a picture that is encoded only its size is still wanted.
    const header = { ...clip, frames: clip.frames.map(() => new Uint8Array(0)) };
    const again = (other: PhantomIdentity) => packPhantom(header, pixels, other, encoding);
    const name = `${String(index + 1).padStart(3, '0')}-${view.toLowerCase()}-${kind}`;
    yield { name, identity, bytes: again(identity), truth: clip.truth, again };
  }
}

/** Whose the object is: UIDs follow from the seed. */
export function identityOf(
  { seed, patientId, patientName, startedAt }: Pick<StudyWish, 'seed' | 'patientId' | 'patientName' | 'startedAt'>,
  index: number,
): PhantomIdentity {
  const study = deriveUid('phantom study', patientId, String(seed));
  return {
    patientName,
    patientId,
    studyInstance: study,
    seriesInstance: deriveUid(study, 'series'),
    sopInstance: deriveUid(study, 'instance', String(index)),
    accessionNumber: deriveUid(study, 'accession').slice(-12),
    instanceNumber: index + 1,
    studyStartedAt: startedAt,
    acquiredAt: startedAt + index * millisecondsApart,
  };
}
