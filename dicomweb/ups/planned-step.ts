import { type Reason, type Triage, type Priority } from '#domain/triage';
import type { StepState } from '#domain/workitem';
import type { Standing } from '#src/ports/worklist';

/** How the step of a study should stand on a worklist. */
export interface PlannedStep {
  /** Each assessment of a study is a step: a late clip opens the next one. */
  readonly revision: number;
  readonly state: StepState;
  readonly readiness: 'INCOMPLETE' | 'READY';
  readonly priority: Priority;
  /** Why it is as urgent as it is, for whoever reads the list. */
  readonly comments: string;
  /** What is known so far; absent before anything was looked at. */
  readonly progress?: string;
  /** Why the study was set aside. */
  readonly fault?: string;
}

/** The step that says how a study stands; pure. */
export function plannedStep({ study: row, assessment }: Standing, usual: Priority): PlannedStep {
  const { state, triage } = row;
  const settled = assessment?.stage === 'settled' ? assessment.revision : undefined;
  const shared = {
    priority: triage?.priority ?? usual,
    comments: sentence(linesOf(triage), 'lt'),
    ...(triage && triage.stage !== 'arrival' && { progress: progressOf(triage) }),
  };
  switch (state.kind) {
    case 'receiving': {
      // One clip was assessed: the work has begun, while the rest still arrives.
      const begun = triage?.stage === 'preliminary' ? 'IN PROGRESS' : 'SCHEDULED';
      return { ...shared, revision: settled ?? 1, state: settled ? 'COMPLETED' : begun, readiness: 'INCOMPLETE' };
    }
    case 'assessing':
      return { ...shared, revision: state.revision, state: 'IN PROGRESS', readiness: 'READY' };
    case 'assessed':
      return { ...shared, revision: state.revision, state: 'COMPLETED', readiness: 'READY' };
    case 'set-aside':
      return { ...shared, revision: state.revision, state: 'CANCELED', readiness: 'READY', fault: state.fault };
  }
}

const notice = 'For research use only.';
/** Characters of an ST and of an LT (PS3.5 table 6.2-1). */
const lengths = { st: 1024, lt: 10_240 } as const;

function sentence(parts: readonly string[], kind: keyof typeof lengths): string {
  const text = parts.join(' ');
  const room = lengths[kind] - notice.length - 1;
  const cut = text.length > room ? `${text.slice(0, room - 2)}…` : text;
  return cut === '' ? notice : `${cut} ${notice}`;
}

function progressOf(triage: Triage): string {
  const head = triage.stage === 'preliminary' ? 'Preliminary, from one clip:' : 'Assessed:';
  const lines = linesOf(triage);
  return sentence([head, ...(lines.length > 0 ? lines : ['no rule is met.'])], 'st');
}

function linesOf(triage: Triage | undefined): readonly string[] {
  return (triage?.reasons ?? []).map((reason) => `${reason.message} (${wordsOf(reason)}).`);
}

function wordsOf({ standing, priority }: Reason): string {
  switch (standing) {
    case 'raised':
      return priority;
    case 'confirmed':
      return `${priority}, confirmed`;
    case 'withdrawn':
      return 'withdrawn';
  }
}
