import { afterEach, expect, jest, test } from '@jest/globals';
import { interruption } from '#cli/interruption';

const heard = (): number => process.listenerCount('SIGINT');
const before = heard();
afterEach(() => void jest.useRealTimers());

test('an interrupt ends a command that never asked for it, as it ends any program', () => {
  const interrupted = interruption();
  expect(heard()).toBe(before);
  expect(interrupted.happened()).toBe(false);
});

test('the same Ctrl-C, passed on by the launcher too, does not cut short how a command ends; a later one does', () => {
  jest.useFakeTimers();
  const interrupted = interruption();
  const stop = interrupted.listen();
  expect([heard(), stop.aborted]).toEqual([before + 1, false]);
  process.emit('SIGINT');
  expect([heard(), stop.aborted, interrupted.happened()]).toEqual([before + 1, true, true]);
  process.emit('SIGINT');
  jest.advanceTimersByTime(1000);
  expect(heard()).toBe(before); // the next one ends the process
});
