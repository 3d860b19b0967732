import { deriveUid, type Uid } from '#domain/uid';
import { isFinal, type OwnStep, type Workitem } from '#domain/workitem';
import type { Worklist } from '#src/ports/worklist';
import { documentsOf, transactionOf, walk, withChanges, type Now } from './perform.ts';
import type { PlannedStep } from './planned-step.ts';
import { performRequested } from './requested-steps.ts';
import { cancellationReason, newStepDataSet, performedAttributes, scheduledAttributes } from './step-data-set.ts';
import { stepFacts, type PerformerDoors, type StepFacts } from './step-facts.ts';
import type { Changing, StepList } from './step-list.ts';
import { newStep } from './steps.ts';
import { cancelNow } from './transactions.ts';

/** By what name the story tells our own worklist. */
export const ownWorklistName = 'apical';

/** Our own worklist: a step for each assessment of a study, performed by ourselves (IHE AIW-I, Task Performer and Manager in one). */
export function createOwnWorklist({ list, ...doors }: PerformerDoors & { readonly list: StepList }): Worklist {
  return {
    name: ownWorklistName,
    async tell(standing) {
      const facts = await stepFacts(standing, doors);
      await list.change((changing) => {
        const at = list.clock.now();
        bring(facts, changing, at);
        performRequested(facts, { changing, at }, isOwn);
      });
    },
  };
}

/** Brings the steps of a study to how it stands; where they stand so already, nothing is written and nobody told. */
function bring(facts: StepFacts, changing: Changing, at: number): void {
  const { planned, standing } = facts;
  const { study } = standing.study;
  const steps = changing.rows.ours(study).filter(isOwn);
  for (const step of steps)
    if (!isFinal(step.state) && step.ours!.revision < planned.revision) finishEarlier(step, facts, { changing, at });
  const latest = steps.findLast(({ ours }) => ours!.revision === planned.revision);
  // A study that was set aside and taken up again is a new step: what has ended stays as it is.
  const isAnew = latest?.state === 'CANCELED' && planned.state !== 'CANCELED';
  const step =
    latest && !isAnew
      ? latest
      : begin(facts, { replaced: latest ?? steps.at(-1), attempt: (latest?.ours!.attempt ?? 0) + 1, changing, at });
  advance(step, facts, { changing, at });
}

function begin(
  facts: StepFacts,
  { replaced, attempt, changing, at }: Now & { replaced: Workitem | undefined; attempt: number },
): Workitem {
  const ours: OwnStep = { study: facts.standing.study.study, revision: facts.planned.revision, attempt };
  const step = newStep(ownStepUid(ours), newStepDataSet(facts, replaced?.uid), { at, ours });
  changing.save(undefined, step);
  return step;
}

/** False for a step that others created and we perform. */
function isOwn({ uid, ours }: Workitem): boolean {
  return ours !== undefined && uid === ownStepUid(ours);
}

/** The UID of a step of ours: told twice, it is one step. */
export function ownStepUid({ study, revision, attempt }: OwnStep): Uid {
  return deriveUid('workitem', study, String(revision), String(attempt));
}

/** Takes a step from where it stands to where it should be, each state told. */
function advance(step: Workitem, facts: StepFacts, { changing, at }: Now): void {
  const { planned } = facts;
  if (isFinal(step.state)) return;
  if (planned.state === 'CANCELED') {
    const reason = cancellationReason({ fault: planned.fault ?? 'UNEXPECTED' });
    return cancelNow(withChanges(step, scheduledAttributes(facts), at), reason, {
      changing,
      at,
      transaction: transactionOf(step),
    });
  }
  const documents = documentsOf(facts, planned.revision);
  const target = step.state === 'IN PROGRESS' && planned.state === 'SCHEDULED' ? 'IN PROGRESS' : planned.state;
  const changes =
    target === 'SCHEDULED'
      ? scheduledAttributes(facts)
      : { ...scheduledAttributes(facts), ...performedAttributes(facts, documents, at) };
  walk(step, withChanges(step, changes, at), { target, changing, at });
}

/** A step that was overtaken by a later revision: its documents are there, or it ends without. */
function finishEarlier(step: Workitem, facts: StepFacts, now: Now): void {
  const documents = documentsOf(facts, step.ours!.revision);
  const transaction = transactionOf(step);
  if (documents.length === 0) {
    const reason = cancellationReason({ supersededBy: facts.planned.revision });
    return cancelNow(step, reason, { ...now, transaction });
  }
  const planned: PlannedStep = { ...facts.planned, revision: step.ours!.revision, state: 'COMPLETED' };
  const changed = withChanges(step, performedAttributes({ ...facts, planned }, documents, now.at), now.at);
  walk(step, changed, { target: 'COMPLETED', ...now });
}
