import { isFinal, type Workitem } from '#domain/workitem';
import { documentsOf, transactionOf, walk, withChanges, type Now } from './perform.ts';
import { requestedStudy } from './requested-study.ts';
import { cancellationReason, performedAttributes } from './step-data-set.ts';
import type { StepFacts } from './step-facts.ts';
import { cancelNow } from './transactions.ts';

// Steps that others put on our list for us (IHE AIW-I, Task Requester): a step is ours to perform that names our AE title
// as its Scheduled Station, and asks for what we do, or does not say for what. Its study is assessed in any case: the step
// is claimed once that has begun, and ends as the assessment ends, with the same outputs or the same reason.

/** The most urgent of those that wait are looked at. */
const requestsMax = 500;

/** Brings what others asked of a study to how it stands. */
export function performRequested(facts: StepFacts, now: Now, isOwn: (step: Workitem) => boolean): void {
  const { study } = facts.standing.study;
  const { rows } = now.changing;
  const begun = rows.ours(study).filter((step) => !isOwn(step) && !isFinal(step.state));
  const waiting =
    facts.planned.state === 'SCHEDULED'
      ? []
      : rows
          .find({ state: 'SCHEDULED', limit: requestsMax, offset: 0 })
          .filter((step) => requestedStudy(step, facts.performer.station) === study);
  for (const step of [...begun, ...waiting]) advance(step, facts, now);
}

function advance(step: Workitem, facts: StepFacts, { changing, at }: Now): void {
  const { planned, standing } = facts;
  const ours = { study: standing.study.study, revision: planned.revision, attempt: 0 };
  if (planned.state === 'CANCELED') {
    const reason = cancellationReason({ fault: planned.fault ?? 'UNEXPECTED' });
    return cancelNow({ ...step, ours }, reason, { changing, at, transaction: transactionOf(step) });
  }
  const target = planned.state === 'COMPLETED' ? 'COMPLETED' : 'IN PROGRESS';
  const changed = withChanges(step, performedAttributes(facts, documentsOf(facts, planned.revision), at), at);
  const isSame = changed === step && step.ours?.revision === planned.revision;
  walk(step, isSame ? step : { ...changed, ours }, { target, changing, at });
}
