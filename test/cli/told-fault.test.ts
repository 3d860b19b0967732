import { expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import { asToldFault } from '#cli/told-fault';

const system = (facts: Readonly<Record<string, string>>) => Object.assign(new Error('of the system'), facts);

test.each([
  [{ code: 'EISDIR', path: '/a' }, 'REQUEST_INVALID', '/a is a folder.'],
  [{ code: 'ENOENT', syscall: 'open', path: '/a' }, 'NOT_FOUND', '/a cannot be opened: it is not there.'],
  [
    { code: 'ENOENT', syscall: 'mkdir', path: '/a' },
    'CONFIGURATION_INVALID',
    'the folder above it may not be written.',
  ],
  [{ code: 'EACCES', path: '/a', dest: '/b' }, 'CONFIGURATION_INVALID', '/b may not be read or written by this user.'],
  [{ code: 'ENOSPC' }, 'STORAGE_FULL', 'The disk is full.'],
  [{ message: 'database or disk is full' }, 'STORAGE_FULL', 'The disk is full.'],
])('what the system says of a file is told with the file, and what is the matter: %j', (facts, code, words) => {
  const fault = asToldFault(system(facts));
  expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(words)]);
});

test('a fault of ours stays what it is, and one that nobody knows is named by its class only', () => {
  const ours = new AgentError('NOT_FOUND', 'No such study.');
  expect(asToldFault(ours)).toBe(ours);
  expect(asToldFault(system({ message: 'SMITH^ANNE' })).message).not.toContain('SMITH');
});
