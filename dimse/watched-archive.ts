import { countsIn, countTags, mayHold, studyDatesUpTo, uidIn } from '#dicom/study-search';
import type { DicomJson } from '#domain/instance';
import type { Clock } from '#src/ports';
import type { ListedInstance, ListedStudy, WatchedArchive } from '#src/ports/archives';
import type { Peer } from './association-requestor.ts';
import { find } from './find-scu.ts';
import { get } from './get-scu.ts';
import { move } from './move-scu.ts';
import { asArchiveFault } from './operation.ts';
import { echo } from './storage-scu.ts';

/** An archive without DICOMweb: series of these modalities, in studies of the last days. */
export interface DimseArchiveSettings extends Peer {
  readonly name: string;
  /** Our own AE title: with C-MOVE the archive sends to it. */
  readonly callingAeTitle: string;
  readonly retrieve: 'c-get' | 'c-move';
  readonly modalities: readonly string[];
  readonly lookbackDays: number;
  /** Longest silence of the archive. */
  readonly timeoutMs: number;
}

/** A large hospital makes 300 echo studies a day, of a few series with a few hundred instances. */
const resultsMax = { studies: 20_000, series: 2000, instances: 20_000 } as const;

/** An archive that is searched by C-FIND, and whose objects come by C-GET or C-MOVE. */
export function createDimseArchive(settings: DimseArchiveSettings, clock: Clock): WatchedArchive {
  const { name, callingAeTitle, timeoutMs, modalities } = settings;
  const at = (signal: AbortSignal) => ({ to: settings, callingAeTitle, timeoutMs, signal });
  return {
    name,
    async studies(signal) {
      const found = new Map<string, ListedStudy>();
      for (const modality of modalities) {
        const dates = studyDatesUpTo(clock.now(), settings.lookbackDays);
        for (const one of await find(at(signal), studySearch(modality, dates))) found.set(one.study, one);
      }
      return { studies: [...found.values()] };
    },
    async *instances(study, signal) {
      for (const series of await find(at(signal), seriesSearch(study, modalities)))
        yield* await find(at(signal), instanceSearch(study, series));
    },
    retrieve: (instance, open, signal) =>
      settings.retrieve === 'c-get' ? get(at(signal), instance, open) : move(at(signal), instance),
    answers: (signal) =>
      echo(at(signal)).catch((thrown: unknown) => {
        throw asArchiveFault(thrown, settings.aeTitle);
      }),
  };
}

function studySearch(modality: string, dates: string) {
  const [series, instances] = countTags;
  return {
    level: 'STUDY',
    keys: { '00080020': dates, '00080061': modality, '0020000D': '', [series]: '', [instances]: '' },
    resultsMax: resultsMax.studies,
    keep(match: DicomJson): ListedStudy | undefined {
      const study = uidIn(match, '0020000D');
      return study !== undefined && mayHold(match, modality) ? { study, ...countsIn(match) } : undefined;
    },
  } as const;
}

function seriesSearch(study: string, modalities: readonly string[]) {
  return {
    level: 'SERIES',
    keys: { '00080060': '', '0020000D': study, '0020000E': '' },
    resultsMax: resultsMax.series,
    keep(match: DicomJson): string | undefined {
      const isWanted = modalities.some((wanted) => wanted === match['00080060']?.Value?.[0]);
      return isWanted ? uidIn(match, '0020000E') : undefined;
    },
  } as const;
}

function instanceSearch(study: string, series: string) {
  return {
    level: 'IMAGE',
    keys: { '00080016': '', '00080018': '', '0020000D': study, '0020000E': series },
    resultsMax: resultsMax.instances,
    keep(match: DicomJson): ListedInstance | undefined {
      const [sopInstance, sopClass] = [uidIn(match, '00080018'), uidIn(match, '00080016')];
      return sopInstance === undefined ? undefined : { study, series, sopInstance, ...(sopClass && { sopClass }) };
    },
  } as const;
}
