import { AgentError, asAgentError, type FaultCode } from '#domain/errors';

/** Any thrown thing as who typed the command is told of it: a file that they named is no riddle to them. */
export function asToldFault(thrown: unknown): AgentError {
  if (!(thrown instanceof Error) || thrown instanceof AgentError) return asAgentError(thrown);
  const { code = '', path, dest = path, syscall } = thrown as NodeJS.ErrnoException & { readonly dest?: string };
  if (code === 'ENOSPC' || thrown.message === sqliteIsFull)
    return new AgentError('STORAGE_FULL', `The disk is full${dest === undefined ? '' : `: ${dest}`}.`, {
      cause: thrown,
    });
  const fault = syscall === 'mkdir' && code === 'ENOENT' ? notMade : fileFaults[code];
  if (dest === undefined || fault === undefined) return asAgentError(thrown);
  return new AgentError(fault.code, `${dest} ${fault.says}`, { cause: thrown });
}

const sqliteIsFull = 'database or disk is full';

interface Told {
  readonly code: FaultCode;
  readonly says: string;
}

// Node says ENOENT of a folder on a file system that may only be read, where it makes those above it too.
const notMade: Told = {
  code: 'CONFIGURATION_INVALID',
  says: 'cannot be made: the folder above it may not be written.',
};

const fileFaults: Readonly<Record<string, Told>> = {
  ENOENT: { code: 'NOT_FOUND', says: 'cannot be opened: it is not there.' },
  EISDIR: { code: 'REQUEST_INVALID', says: 'is a folder.' },
  ENOTDIR: { code: 'REQUEST_INVALID', says: 'lies below a file.' },
  EEXIST: { code: 'REQUEST_INVALID', says: 'is a file.' },
  EACCES: { code: 'CONFIGURATION_INVALID', says: 'may not be read or written by this user.' },
  EPERM: { code: 'CONFIGURATION_INVALID', says: 'may not be read or written by this user.' },
  EROFS: { code: 'CONFIGURATION_INVALID', says: 'is on a file system that may only be read.' },
};
