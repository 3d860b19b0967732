import { describe, expect, test } from '@jest/globals';
import { answerOf, answers, type StepTransaction } from '#dicomweb/ups/answers';
import {
  stateEvent,
  statuses,
  transition,
  transitions,
  updateEvent,
  type StatusName,
  type StepEvent,
} from '#dicomweb/ups/state-machine';
import { stepStates } from '#domain/workitem';
import { columns, http, standard } from './standard.ts';

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
