import { isSameCode } from '#domain/code';
import type { DicomJson } from '#domain/instance';
import { parseUid, type StudyUid } from '#domain/uid';
import type { Workitem } from '#domain/workitem';
import { itemOf, tags, textOf, workitemCode } from './attributes.ts';

/** The study that a scheduled step asks us to analyse, once its input is READY; undefined where it asks somebody else, or something else. */
export function requestedStudy(step: Workitem, station: string): StudyUid | undefined {
  if (step.ours || step.state !== 'SCHEDULED') return undefined;
  const dataset = step.attributes.disclose();
  if (textOf(dataset, tags.InputReadinessState) !== 'READY') return undefined;
  const stations = codesIn(dataset, tags.ScheduledStationNameCodeSequence);
  const asked = codesIn(dataset, tags.ScheduledWorkitemCodeSequence);
  const isForUs = stations.some(({ value }) => value === station);
  const isOurWork = asked.length === 0 || asked.some((code) => isSameCode(code, workitemCode));
  const named = [
    itemOf(dataset, tags.InputInformationSequence),
    itemOf(dataset, tags.ReferencedRequestSequence),
    dataset,
  ]
    .map((item) => textOf(item, tags.StudyInstanceUID))
    .find((uid) => uid !== '');
  const study = named === undefined ? undefined : parseUid(named);
  return isForUs && isOurWork ? (study as StudyUid | undefined) : undefined;
}

function codesIn(dataset: DicomJson, tag: string) {
  return ((dataset[tag]?.Value ?? []) as readonly DicomJson[]).map((item) => ({
    value: textOf(item, '00080100'),
    scheme: textOf(item, '00080102'),
    meaning: '',
  }));
}
