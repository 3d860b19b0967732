import type { PhantomTruth } from './clip.ts';
import type { PhantomIdentity } from './phantom-dicom.ts';

/** What is written beside an object: whose it is, and everything that is known of it. */
export interface TruthDocument extends PhantomTruth {
  readonly phantom: true;
  readonly patientId: string;
  readonly studyInstance: string;
  readonly sopInstance: string;
}

/** The truth as JSON, coordinates to a tenth of a pixel. */
export function truthDocument(truth: PhantomTruth, identity: PhantomIdentity): string {
  const { patientId, studyInstance, sopInstance } = identity;
  const document: TruthDocument = { phantom: true, patientId, studyInstance, sopInstance, ...truth };
  return JSON.stringify(document, (key, value: unknown) =>
    (key === 'x' || key === 'y') && typeof value === 'number' ? Math.round(value * 10) / 10 : value,
  );
}
