import { useEffect, useState } from 'htm/preact/standalone';
import type { StudyListed } from '#http/api/study';
import { loadPatient, type Patient } from './load.ts';

/** The patient of a study, once the archive has said who it is. */
export function usePatient({ study, instances }: Pick<StudyListed, 'study' | 'instances'>): Patient | undefined {
  const [patient, setPatient] = useState<Patient | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    setPatient(undefined);
    const show = (found: Patient | undefined) => void (isWanted && setPatient(found));
    loadPatient(study).then(show, () => show(undefined));
    return () => {
      isWanted = false;
    };
  }, [study, instances === 0]);
  return patient;
}
