import { attributeNamed } from '#dicomweb/server/attribute-named';
import { isMatch } from '#dicomweb/server/matching';
import { parseSearch, type Search } from '#dicomweb/server/search';
import type { DicomJson } from '#domain/instance';
import { priorityLevels } from '#domain/triage';
import { stepStates } from '#domain/workitem';
import type { WorkitemQuery, WorkitemRows } from '#src/ports/worklist';
import { tags } from './attributes.ts';

/** Attributes that every search answers with (PS3.4 table CC.2.5-3, return key types 1 and 2), and the character set. */
const returned: readonly string[] = [
  tags.SpecificCharacterSet,
  tags.SOPClassUID,
  tags.SOPInstanceUID,
  '00081080',
  '00081084',
  '00100010',
  '00100020',
  '00100030',
  '00100040',
  '00101002',
  tags.StudyInstanceUID,
  '00380010',
  '00380014',
  tags.ScheduledProcedureStepStartDateTime,
  tags.ScheduledProcedureStepModificationDateTime,
  tags.ScheduledWorkitemCodeSequence,
  tags.InputInformationSequence,
  tags.ScheduledStationNameCodeSequence,
  tags.ScheduledStationClassCodeSequence,
  tags.ScheduledStationGeographicLocationCodeSequence,
  tags.ScheduledHumanPerformersSequence,
  tags.InputReadinessState,
  tags.ReferencedRequestSequence,
  tags.ProcedureStepState,
  tags.ProcedureStepProgressInformationSequence,
  tags.ScheduledProcedureStepPriority,
  tags.WorklistLabel,
  tags.ProcedureStepLabel,
  tags.ScheduledProcessingParametersSequence,
  tags.ReplacedProcedureStepSequence,
];

/** Parameters that are no matching keys here (PS3.18 section 11.1.2). */
const common = ['accept', 'charset', 'requester'];

/** Reads the query of a search for steps. Throws REQUEST_INVALID. */
export function stepSearch(querystring: string): Search {
  const query = new URLSearchParams(querystring);
  for (const name of common) query.delete(name);
  return parseSearch(query);
}

export interface FoundSteps {
  readonly datasets: readonly DicomJson[];
  /** True where more match than were asked for or may be given at once. */
  readonly hasMore: boolean;
}

const stepsAtOnce = 200;

/** Answers a search (PS3.18 section 11.9): the most urgent steps first, then in order of creation. */
export function findSteps(rows: WorkitemRows, search: Search, resultsMax: number): FoundSteps {
  const limit = Math.min(search.limit ?? resultsMax, resultsMax);
  const narrowed = narrow(search);
  const datasets: DicomJson[] = [];
  let toSkip = search.offset;
  for (let offset = 0; ; offset += stepsAtOnce) {
    const steps = rows.find({ ...narrowed, limit: stepsAtOnce, offset });
    for (const { attributes } of steps) {
      const dataset = attributes.disclose();
      if (!search.keys.every((key) => isMatch(dataset, key))) continue;
      if (toSkip > 0) toSkip -= 1;
      else if (datasets.length >= limit) return { datasets, hasMore: true };
      else datasets.push(picked(dataset, search));
    }
    if (steps.length < stepsAtOnce) return { datasets, hasMore: false };
  }
}

/** The part of the search that has an index. */
function narrow({ keys }: Search): Pick<WorkitemQuery, 'state' | 'priority'> {
  const valueOf = (tag: string) => keys.find(({ path }) => path.length === 1 && path[0] === tag)?.value;
  const state = stepStates.find((each) => each === valueOf(tags.ProcedureStepState));
  const priority = priorityLevels.find((each) => each === valueOf(tags.ScheduledProcedureStepPriority));
  return { ...(state && { state }), ...(priority && { priority }) };
}

function picked(dataset: DicomJson, { include, keys }: Search): DicomJson {
  const matched = keys.map(({ path }) => path[0]!);
  const wanted = include === 'all' ? Object.keys(dataset) : [...returned, ...matched, ...include];
  const here = [...new Set(wanted)].filter((tag) => tag in dataset).toSorted();
  return Object.fromEntries(here.map((tag) => [tag, dataset[tag]!]));
}

/** The UID that a query gives by a name of its own, or bare, as in `?1.2.3` (PS3.18 sections 11.4.1 and 11.6.1). */
export function uidInQuery(querystring: string, names: readonly string[]): string | undefined {
  for (const [name, value] of new URLSearchParams(querystring)) {
    if (names.includes(name.toLowerCase())) return value;
    if (value === '' && /^[\d.]+$/.test(name) && !attributeNamed(name)) return name;
  }
  return undefined;
}
