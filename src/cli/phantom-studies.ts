import type { HeartWish } from '#models/phantom/course';
import { heartOfVisit } from '#models/phantom/course';
import type { PhantomEncoding } from '#models/phantom/phantom-dicom';
import type { Recording } from '#models/phantom/recordings';
import type { StudyWish } from '#models/phantom/study';

/** Studies of phantom patients that are wanted. */
export interface StudiesWish {
  readonly seed: number;
  readonly studies: number;
  /** Visits of each patient, half a year apart. */
  readonly visits: number;
  readonly heart: HeartWish;
  readonly recordings: readonly Recording[];
  readonly frames: number;
  readonly encodings: readonly PhantomEncoding[];
  readonly patientName: string;
}

// Phantoms are examined on days that are the same whenever they are made.
const firstDay = Date.UTC(2026, 0, 5, 8, 30);
const dayMs = 86_400_000;
const daysBetweenVisits = 182;

/** Every study that is wanted, patient by patient, visit by visit. */
export function studiesOf(wish: StudiesWish): readonly StudyWish[] {
  const { seed, visits, recordings, frames, encodings, patientName } = wish;
  return Array.from({ length: wish.studies }, (_, index) => {
    const [patient, visit] = [Math.floor(index / visits), index % visits];
    return {
      seed: `${seed}-${patient}-${visit}`,
      patientId: `PHANTOM-${seed}-${patient + 1}`,
      patientName,
      heart: heartOfVisit(`${seed}-${patient}`, wish.heart, { visit, visits }),
      recordings,
      frames,
      encodings,
      startedAt: firstDay + (patient % 28) * dayMs - (visits - 1 - visit) * daysBetweenVisits * dayMs,
    };
  });
}
