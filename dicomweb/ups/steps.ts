import { Identifying } from '#domain/identifying';
import type { DicomJson } from '#domain/instance';
import type { StepState, Workitem } from '#domain/workitem';
import { codeItem, dateTime, element, hasValue, itemOf, tags, upsPush } from './attributes.ts';
import { unspecifiedReason, withCancellation } from './requirements.ts';

/** A new step, as it stands on the list. */
export function newStep(
  uid: Workitem['uid'],
  dataset: DicomJson,
  { at, ours }: { readonly at: number; readonly ours?: Workitem['ours'] },
): Workitem {
  const whole = {
    ...dataset,
    [tags.SpecificCharacterSet]: element('CS', 'ISO_IR 192'), // JSON is Unicode (PS3.18 section F.2)
    [tags.SOPClassUID]: element('UI', upsPush),
    [tags.SOPInstanceUID]: element('UI', uid),
    [tags.ScheduledProcedureStepModificationDateTime]: element('DT', dateTime(at)),
  };
  const kept = without(whole, tags.TransactionUID);
  const attributes = new Identifying(kept);
  return { uid, state: 'SCHEDULED', attributes, createdAt: at, changedAt: at, ...(ours && { ours }) };
}

/** The step with other attributes. */
export function updated(step: Workitem, changes: DicomJson, at: number): Workitem {
  const modified = { [tags.ScheduledProcedureStepModificationDateTime]: element('DT', dateTime(at)) };
  const attributes = { ...step.attributes.disclose(), ...without(changes, tags.TransactionUID), ...modified };
  return { ...step, attributes: new Identifying(attributes), changedAt: at };
}

/** The step in another state. */
export function moved(step: Workitem, state: StepState, { at, transaction = step.transaction }: Move): Workitem {
  const attributes = { ...step.attributes.disclose(), [tags.ProcedureStepState]: element('CS', state) };
  return {
    ...step,
    state,
    attributes: new Identifying(attributes),
    changedAt: at,
    ...(transaction !== undefined && { transaction }),
  };
}

interface Move {
  readonly at: number;
  readonly transaction?: string | undefined;
}

/** The step with all that one needs that ends canceled: the moment, and a reason where none was given. */
export function readyToCancel(step: Workitem, reason: DicomJson, at: number): Workitem {
  const dataset = step.attributes.disclose();
  const told = itemOf(dataset, tags.ProcedureStepProgressInformationSequence);
  const code = tags.ProcedureStepDiscontinuationReasonCodeSequence;
  const because =
    hasValue(reason, code) || hasValue(told, code) ? {} : { [code]: element('SQ', codeItem(unspecifiedReason)) };
  const given = [tags.ReasonForCancellation, code]
    .filter((tag) => hasValue(reason, tag))
    .map((tag) => [tag, reason[tag]!]);
  const changes = { ...because, ...Object.fromEntries(given) };
  return updated(step, withCancellation(dataset, changes, dateTime(at)), at);
}

function without(dataset: DicomJson, unwanted: string): DicomJson {
  return Object.fromEntries(Object.entries(dataset).filter(([tag]) => tag !== unwanted));
}
