import { isDeepStrictEqual } from 'node:util';
import type { DicomJson } from '#domain/instance';
import type { Workitem } from '#domain/workitem';
import { element, hasValue, itemOf, tags, textOf, upsPush } from './attributes.ts';

/** The whole worklist, as a target of subscriptions (PS3.4 section CC.2.3.2). */
export const worklistUid = '1.2.840.10008.5.1.4.34.5';
/** Those of its steps that a filter lets through. */
export const filteredWorklistUid = '1.2.840.10008.5.1.4.34.5.1';

/** What is told of a step or of the worklist, without its number. */
export interface EventReport {
  readonly type: 'state' | 'cancel requested' | 'progress' | 'status' | 'assigned';
  readonly uid: string;
  readonly attributes: DicomJson;
}

/** PS3.4 table CC.2.4-1. */
const eventTypeIds = { state: 1, 'cancel requested': 2, progress: 3, status: 4, assigned: 5 } as const;

/** The report as the frame of a WebSocket carries it (PS3.18 section 11.13, PS3.7 table 10.3-1). */
export function frameOf({ type, uid, attributes }: EventReport, messageId: number): string {
  return JSON.stringify({
    '00000002': element('UI', upsPush),
    '00000110': element('US', messageId),
    '00001000': element('UI', uid),
    '00001002': element('US', eventTypeIds[type]),
    ...attributes,
  });
}

/** UPS State Report: where the step stands now. */
export function stateReport({ uid, state, attributes }: Workitem): EventReport {
  const dataset = attributes.disclose();
  const progress = itemOf(dataset, tags.ProcedureStepProgressInformationSequence);
  return {
    type: 'state',
    uid,
    attributes: {
      [tags.InputReadinessState]: element('CS', textOf(dataset, tags.InputReadinessState)),
      [tags.ProcedureStepState]: element('CS', state),
      ...(state === 'CANCELED' &&
        copied(progress, [tags.ReasonForCancellation, tags.ProcedureStepDiscontinuationReasonCodeSequence])),
    },
  };
}

/** UPS Cancel Requested: whoever performs the step may follow it or not. */
export function cancelRequested(uid: string, requester: string, request: DicomJson): EventReport {
  const { ReasonForCancellation, ProcedureStepDiscontinuationReasonCodeSequence, ContactURI, ContactDisplayName } =
    tags;
  const given = [ReasonForCancellation, ProcedureStepDiscontinuationReasonCodeSequence, ContactURI, ContactDisplayName];
  return {
    type: 'cancel requested',
    uid,
    attributes: { '00741236': element('AE', requester), ...copied(request, given) },
  };
}

/** SCP Status Change: we have begun anew, with lists and subscriptions as they were, or are about to end. */
export function statusReport(status: 'RESTARTED' | 'GOING DOWN'): EventReport {
  const kept = status === 'RESTARTED' && {
    '00741244': element('CS', 'WARM START'),
    '00741246': element('CS', 'WARM START'),
  };
  return { type: 'status', uid: worklistUid, attributes: { '00741242': element('CS', status), ...kept } };
}

/** What is to be told of a step that has changed, or that is new (PS3.4 section CC.2.4.3). */
export function reportsOf(before: Workitem | undefined, after: Workitem): readonly EventReport[] {
  const [old, now] = [before?.attributes.disclose() ?? {}, after.attributes.disclose()];
  const differs = (tag: string) => !isDeepStrictEqual(old[tag]?.Value ?? [], now[tag]?.Value ?? []);
  const reports: EventReport[] = [];
  if (before?.state !== after.state || differs(tags.InputReadinessState)) reports.push(stateReport(after));
  const assigned = [tags.ScheduledStationNameCodeSequence, tags.ScheduledHumanPerformersSequence];
  if (assigned.some(differs)) reports.push({ type: 'assigned', uid: after.uid, attributes: copied(now, assigned) });
  const progress = tags.ProcedureStepProgressInformationSequence;
  if (toldOf(old) !== toldOf(now))
    reports.push({ type: 'progress', uid: after.uid, attributes: { [progress]: now[progress] ?? element('SQ') } });
  return reports;
}

/** The part of the progress whose change is told. */
function toldOf(dataset: DicomJson): string {
  const item = itemOf(dataset, tags.ProcedureStepProgressInformationSequence);
  const told = [
    tags.ProcedureStepProgress,
    tags.ProcedureStepProgressDescription,
    tags.ProcedureStepCommunicationsURISequence,
  ];
  return JSON.stringify(told.map((tag) => item?.[tag]?.Value ?? []));
}

function copied(dataset: DicomJson | undefined, wanted: readonly string[]): DicomJson {
  return Object.fromEntries(wanted.filter((tag) => hasValue(dataset, tag)).map((tag) => [tag, dataset![tag]!]));
}
