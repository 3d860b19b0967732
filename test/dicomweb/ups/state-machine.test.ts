import { describe, expect, test } from '@jest/globals';
import { answerOf, answers, type StepTransaction } from '#dicomweb/ups/answers';
import {
  stateEvent,
  statuses,
  transition,
  transitions,
  updateEvent,
  type CurrentState,
  type StatusName,
  type StepEvent,
} from '#dicomweb/ups/state-machine';
import { stepStates } from '#domain/workitem';

// PS3.4 table CC.1.1-2, written down from the standard a second time: per event the outcome for each current state. A state
// is the one that the step goes to, a number the status of the answer.
const columns: readonly CurrentState[] = ['none', 'SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'];
const standard: readonly (readonly [StepEvent, string])[] = [
  ['create', 'SCHEDULED | 0111 | 0111 | 0111 | 0111'],
  ['to IN PROGRESS, with a Transaction UID', 'C307 | IN PROGRESS | C302 | C300 | C300'],
  ['to IN PROGRESS, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['to SCHEDULED', 'C307 | C303 | C303 | C303 | C303'],
  ['to COMPLETED, with the right Transaction UID', 'C307 | C310 | COMPLETED | B306 | C300'],
  ['to COMPLETED, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['to CANCELED, with the right Transaction UID', 'C307 | C310 | CANCELED | C300 | B304'],
  ['to CANCELED, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['request to cancel', 'C307 | IN PROGRESS, CANCELED | ask | C311 | B304'],
  // PS3.4 section CC.2.6.3 and table CC.2.6-1
  ['update, with the right Transaction UID', 'C307 | C310 | 0000 | C300 | C300'],
  ['update, with another Transaction UID', 'C307 | C310 | C301 | C300 | C300'],
  ['update, without a Transaction UID', 'C307 | 0000 | C301 | C300 | C300'],
];

function code(status: StatusName): string {
  return statuses[status].toString(16).toUpperCase().padStart(4, '0');
}

describe('PS3.4 table CC.1.1-2', () => {
  const cells = standard.flatMap(([event, row]) =>
    row.split(' | ').map((expected, index) => ({ event, state: columns[index]!, expected })),
  );

  test.each(cells)('$event, $state: $expected', ({ event, state, expected }) => {
    const { status, through, ask } = transition(event, state === 'none' ? undefined : { state });
    expect(ask ? 'ask' : through.length > 0 ? through.join(', ') : code(status)).toBe(expected);
    if (through.length > 0 || ask) expect(status).toBe('success');
  });

  test('has every event and every state', () => {
    expect(standard.map(([event]) => event)).toEqual(Object.keys(transitions));
    expect(cells).toHaveLength(12 * 5);
  });

  test('a step ends only after its Final State requirements were asked for', () => {
    const ending = Object.entries(transitions).flatMap(([event, row]) =>
      Object.values(row)
        .filter(({ through }) => through.at(-1) === 'COMPLETED' || through.at(-1) === 'CANCELED')
        .map(({ final }) => [event, final]),
    );
    expect(ending).toEqual([
      ['to COMPLETED, with the right Transaction UID', true],
      ['to CANCELED, with the right Transaction UID', true],
      ['request to cancel', undefined], // who cancels is the SCP, which fills them in itself (section CC.2.2.3)
    ]);
  });
});

describe('the Transaction UID', () => {
  const step = { state: 'IN PROGRESS', transaction: '1.2' } as const;

  test('of a scheduled step is the one that takes it up; without one nobody takes it', () => {
    expect(stateEvent('IN PROGRESS', '1.2', { state: 'SCHEDULED' })).toBe('to IN PROGRESS, with a Transaction UID');
    expect(stateEvent('IN PROGRESS', undefined, { state: 'SCHEDULED' })).toBe(
      'to IN PROGRESS, without the right Transaction UID',
    );
  });

  test('of a step that was taken up is right only to the digit', () => {
    const kinds = (['IN PROGRESS', 'COMPLETED', 'CANCELED'] as const).map((asked) =>
      ['1.2', '1.20', undefined].map((given) => /without/.test(stateEvent(asked, given, step))),
    );
    expect(kinds).toEqual(Array.from({ length: 3 }, () => [false, true, true]));
    expect(['1.2', '1.20', undefined].map((given) => updateEvent(given, step))).toEqual([
      'update, with the right Transaction UID',
      'update, with another Transaction UID',
      'update, without a Transaction UID',
    ]);
  });

  test('does not matter where SCHEDULED is asked for', () => {
    expect(stateEvent('SCHEDULED', '1.2', step)).toBe('to SCHEDULED');
  });
});

// PS3.18 sections 11.4.3, 11.6.3, 11.7.3 and 11.8.3, per DIMSE status.
const http: readonly (readonly [StepTransaction, string, number, string?])[] = [
  ['create', '0000', 201],
  ['create', '0111', 409],
  ['create', 'C309', 400],
  ['update', '0000', 200],
  ['update', 'C300', 400, 'The submitted request is inconsistent with the current state of the Workitem.'],
  ['update', 'C301', 400, 'The target URI did not reference a claimed Workitem.'],
  ['update', 'C310', 409, 'The target URI did not reference a claimed Workitem.'],
  ['update', 'C307', 404],
  ['change state', '0000', 200],
  ['change state', 'B304', 200, 'The UPS is already in the requested state of CANCELED.'],
  ['change state', 'B306', 200, 'The UPS is already in the requested state of COMPLETED.'],
  ['change state', 'C301', 400, 'The Transaction UID is incorrect.'],
  ['change state', 'C303', 400, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C300', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C302', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C304', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C310', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C307', 404],
  ['request cancellation', '0000', 202],
  ['request cancellation', 'B304', 202, 'The UPS is already in the requested state of CANCELED.'],
  ['request cancellation', 'C311', 409, 'The UPS is already COMPLETED.'],
  ['request cancellation', 'C313', 409, 'Performer chooses not to cancel.'],
  ['request cancellation', 'C312', 409, 'The performer cannot be contacted.'],
  ['request cancellation', 'C307', 404],
];

describe('PS3.18 section 11', () => {
  test.each(http.map(([transaction, status, number, warning = '']) => [transaction, status, number, warning] as const))(
    '%s answers %s with %d %s',
    (transaction, status, number, warning) => {
      const name = (Object.keys(statuses) as StatusName[]).find((each) => code(each) === status)!;
      expect(answerOf(transaction, name)).toEqual({ http: number, ...(warning && { warning }) });
    },
  );

  test('has an answer for every status that the state machine can give, and no other', () => {
    const reached = (events: readonly StepEvent[], ...more: StatusName[]) =>
      new Set([...events.flatMap((event) => Object.values(transitions[event]).map(({ status }) => status)), ...more]);
    const changes = Object.keys(transitions).filter((event) => event.startsWith('to ')) as StepEvent[];
    const updates = Object.keys(transitions).filter((event) => event.startsWith('update')) as StepEvent[];
    const all = {
      create: reached(['create'], 'notCreatedScheduled'),
      update: reached(updates),
      'change state': reached(changes, 'finalStateUnmet'),
      'request cancellation': reached(['request to cancel'], 'performerDeclines', 'performerUnreachable'),
    };
    for (const [transaction, known] of Object.entries(all))
      expect([transaction, Object.keys(answers[transaction as StepTransaction]).toSorted()]).toEqual([
        transaction,
        [...known].toSorted(),
      ]);
    expect(stepStates).toEqual(columns.slice(1));
  });

  test('a status that a transaction cannot have is no answer', () => {
    expect(() => answerOf('create', 'alreadyCanceled')).toThrow(RangeError);
  });
});
