import type { StatusName } from './state-machine.ts';

export type StepTransaction = 'create' | 'update' | 'change state' | 'request cancellation';

/** How a status is said over HTTP: its code, and the text of the Warning header where there is one. */
export interface Answer {
  readonly http: 200 | 201 | 202 | 400 | 404 | 409;
  readonly warning?: string;
}

const alreadyCanceled = 'The UPS is already in the requested state of CANCELED.';
const alreadyCompleted = 'The UPS is already in the requested state of COMPLETED.';
const inconsistentUps = 'The submitted request is inconsistent with the state of the UPS Instance.';
const inconsistent = 'The submitted request is inconsistent with the current state of the Workitem.';
const unclaimed = 'The target URI did not reference a claimed Workitem.';
/** The Transaction UID is missing, or it is not the one. */
export const transactionMissing = 'The Transaction UID is missing.';
const transactionIncorrect = 'The Transaction UID is incorrect.';
const unknown = { http: 404 } as const;

/** PS3.18 tables 11.4.3-1, 11.6.3-1, 11.7.3-1 and 11.8.3-1, with the warnings of sections 11.4.3.2 to 11.8.3.2. */
export const answers: {
  readonly [Kind in StepTransaction]: Readonly<Partial<Record<StatusName, Answer>>> & { readonly success: Answer };
} = {
  create: {
    success: { http: 201 },
    duplicate: { http: 409 },
    notCreatedScheduled: { http: 400 },
  },
  update: {
    success: { http: 200 },
    noLongerUpdated: { http: 400, warning: inconsistent },
    wrongTransaction: { http: 400, warning: unclaimed },
    notInProgress: { http: 409, warning: unclaimed },
    unknown,
  },
  'change state': {
    success: { http: 200 },
    alreadyCanceled: { http: 200, warning: alreadyCanceled },
    alreadyCompleted: { http: 200, warning: alreadyCompleted },
    wrongTransaction: { http: 400, warning: transactionIncorrect },
    scheduledByCreationOnly: { http: 400, warning: inconsistentUps },
    noLongerUpdated: { http: 409, warning: inconsistentUps },
    alreadyInProgress: { http: 409, warning: inconsistentUps },
    finalStateUnmet: { http: 409, warning: inconsistentUps },
    notInProgress: { http: 409, warning: inconsistentUps },
    unknown,
  },
  'request cancellation': {
    success: { http: 202 },
    alreadyCanceled: { http: 202, warning: alreadyCanceled },
    isCompleted: { http: 409, warning: 'The UPS is already COMPLETED.' },
    performerDeclines: { http: 409, warning: 'Performer chooses not to cancel.' },
    performerUnreachable: { http: 409, warning: 'The performer cannot be contacted.' },
    unknown,
  },
};

/** The answer of a transaction with a status. A status that the transaction cannot have is a broken invariant. */
export function answerOf(transaction: StepTransaction, status: StatusName): Answer {
  const answer = answers[transaction][status];
  if (!answer) throw new RangeError(`${transaction} has no answer for ${status}`);
  return answer;
}
