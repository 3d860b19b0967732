import type { StepState } from '#domain/workitem';

/** What is asked of a step, with or without the Transaction UID of whoever performs it. */
export type StepEvent =
  | 'create'
  | 'to IN PROGRESS, with a Transaction UID'
  | 'to IN PROGRESS, without the right Transaction UID'
  | 'to SCHEDULED'
  | 'to COMPLETED, with the right Transaction UID'
  | 'to COMPLETED, without the right Transaction UID'
  | 'to CANCELED, with the right Transaction UID'
  | 'to CANCELED, without the right Transaction UID'
  | 'request to cancel'
  | 'update, with the right Transaction UID'
  | 'update, with another Transaction UID'
  | 'update, without a Transaction UID';

/** DIMSE status codes of the Unified Procedure Step (PS3.4 sections CC.2.1.4 to CC.2.7.4, PS3.7 annex C). */
export const statuses = {
  success: 0x0000,
  duplicate: 0x0111,
  alreadyCanceled: 0xb304,
  alreadyCompleted: 0xb306,
  noLongerUpdated: 0xc300,
  wrongTransaction: 0xc301,
  alreadyInProgress: 0xc302,
  scheduledByCreationOnly: 0xc303,
  finalStateUnmet: 0xc304,
  unknown: 0xc307,
  notCreatedScheduled: 0xc309,
  notInProgress: 0xc310,
  isCompleted: 0xc311,
  performerUnreachable: 0xc312,
  performerDeclines: 0xc313,
} as const;
export type StatusName = keyof typeof statuses;

/** What becomes of a request: the states that the step goes through, or none, and the status of the answer. */
export interface Transition {
  readonly status: StatusName;
  readonly through: readonly StepState[];
  /** The step must meet its Final State requirements first (PS3.4 section CC.2.5.1.1). */
  readonly final?: true;
  /** Whoever performs it is asked, by an event. */
  readonly ask?: true;
}

/** `none`: there is no such step. */
export type CurrentState = 'none' | StepState;

const only = (status: StatusName): Transition => ({ status, through: [] });
const done = only('success');

/** PS3.4 table CC.1.1-2; updates as in section CC.2.6.3. */
export const transitions: Readonly<Record<StepEvent, Readonly<Record<CurrentState, Transition>>>> = {
  create: {
    none: { status: 'success', through: ['SCHEDULED'] },
    SCHEDULED: only('duplicate'),
    'IN PROGRESS': only('duplicate'),
    COMPLETED: only('duplicate'),
    CANCELED: only('duplicate'),
  },
  'to IN PROGRESS, with a Transaction UID': {
    none: only('unknown'),
    SCHEDULED: { status: 'success', through: ['IN PROGRESS'] },
    'IN PROGRESS': only('alreadyInProgress'),
    COMPLETED: only('noLongerUpdated'),
    CANCELED: only('noLongerUpdated'),
  },
  'to IN PROGRESS, without the right Transaction UID': withoutTransaction(),
  'to SCHEDULED': {
    none: only('unknown'),
    SCHEDULED: only('scheduledByCreationOnly'),
    'IN PROGRESS': only('scheduledByCreationOnly'),
    COMPLETED: only('scheduledByCreationOnly'),
    CANCELED: only('scheduledByCreationOnly'),
  },
  'to COMPLETED, with the right Transaction UID': {
    none: only('unknown'),
    SCHEDULED: only('notInProgress'),
    'IN PROGRESS': { status: 'success', through: ['COMPLETED'], final: true },
    COMPLETED: only('alreadyCompleted'),
    CANCELED: only('noLongerUpdated'),
  },
  'to COMPLETED, without the right Transaction UID': withoutTransaction(),
  'to CANCELED, with the right Transaction UID': {
    none: only('unknown'),
    SCHEDULED: only('notInProgress'),
    'IN PROGRESS': { status: 'success', through: ['CANCELED'], final: true },
    COMPLETED: only('noLongerUpdated'),
    CANCELED: only('alreadyCanceled'),
  },
  'to CANCELED, without the right Transaction UID': withoutTransaction(),
  'request to cancel': {
    none: only('unknown'),
    SCHEDULED: { status: 'success', through: ['IN PROGRESS', 'CANCELED'] },
    'IN PROGRESS': { status: 'success', through: [], ask: true },
    COMPLETED: only('isCompleted'),
    CANCELED: only('alreadyCanceled'),
  },
  'update, with the right Transaction UID': {
    none: only('unknown'),
    SCHEDULED: only('notInProgress'),
    'IN PROGRESS': done,
    COMPLETED: only('noLongerUpdated'),
    CANCELED: only('noLongerUpdated'),
  },
  'update, with another Transaction UID': {
    none: only('unknown'),
    SCHEDULED: only('notInProgress'),
    'IN PROGRESS': only('wrongTransaction'),
    COMPLETED: only('noLongerUpdated'),
    CANCELED: only('noLongerUpdated'),
  },
  'update, without a Transaction UID': {
    none: only('unknown'),
    SCHEDULED: done,
    'IN PROGRESS': only('wrongTransaction'),
    COMPLETED: only('noLongerUpdated'),
    CANCELED: only('noLongerUpdated'),
  },
};

function withoutTransaction(): Readonly<Record<CurrentState, Transition>> {
  const refused = only('wrongTransaction');
  return { none: only('unknown'), SCHEDULED: refused, 'IN PROGRESS': refused, COMPLETED: refused, CANCELED: refused };
}

/** The step as far as a request depends on it. */
interface Locked {
  readonly state: StepState;
  readonly transaction?: string;
}

/** Which event a change of state is, by what it asks for and the Transaction UID that it brings. */
export function stateEvent(asked: StepState, given: string | undefined, step: Locked | undefined): StepEvent {
  // Whoever takes a scheduled step up makes its Transaction UID; after that, only that one is right.
  const isRight = given !== undefined && (step?.transaction === undefined || step.transaction === given);
  switch (asked) {
    case 'SCHEDULED':
      return 'to SCHEDULED';
    case 'IN PROGRESS':
      return isRight ? 'to IN PROGRESS, with a Transaction UID' : 'to IN PROGRESS, without the right Transaction UID';
    case 'COMPLETED':
      return isRight
        ? 'to COMPLETED, with the right Transaction UID'
        : 'to COMPLETED, without the right Transaction UID';
    case 'CANCELED':
      return isRight ? 'to CANCELED, with the right Transaction UID' : 'to CANCELED, without the right Transaction UID';
  }
}

/** Which event an update is. */
export function updateEvent(given: string | undefined, step: Locked | undefined): StepEvent {
  if (given === undefined) return 'update, without a Transaction UID';
  return given === step?.transaction
    ? 'update, with the right Transaction UID'
    : 'update, with another Transaction UID';
}

/** What becomes of it (PS3.4 table CC.1.1-2). */
export function transition(event: StepEvent, step: Locked | undefined): Transition {
  return transitions[event][step?.state ?? 'none'];
}
