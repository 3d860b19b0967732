import winston from 'winston';
import type { AgentEvent, Publish } from '#domain/event';

const levels: Readonly<Record<AgentEvent['kind'], Level>> = {
  started: 'info',
  'runs-as-root': 'warn',
  stopping: 'info',
  'instance-kept': 'debug',
  'instance-refused': 'warn',
  'quarantine-bounded': 'warn',
  'association-refused': 'warn',
  'association-aborted': 'warn',
  'certificates-reloaded': 'warn',
  'configuration-applied': 'warn',
  'configuration-refused': 'error',
  'study-purged': 'info',
  'archive-tidied': 'info',
  'audit-told': 'debug',
  'audit-failed': 'warn',
  'audit-lost': 'error',
  'login-refused': 'warn',
  'request-refused': 'info', // a viewer that asks for what is not there, too
  'job-done': 'debug',
  'job-failed': 'warn',
  'clip-read': 'info',
  'study-triaged': 'info',
  'study-assessed': 'info',
  'study-decided': 'info',
  'document-written': 'info',
  'document-delivered': 'info',
  'document-withheld': 'info',
  'provider-chosen': 'info',
  'archive-polled': 'debug',
  'archive-poll-failed': 'warn',
  'http-answered': 'debug',
  unexpected: 'error',
};

type Level = 'error' | 'warn' | 'info' | 'debug';

/** The log: one JSON line an event on stderr. Events carry UIDs and codes, never a patient's values. */
export function createLog(level: () => Level): Publish {
  const logger = winston.createLogger({
    level: level(),
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  return ({ kind, ...facts }) => {
    logger.level = level();
    logger.log(levels[kind], kind, facts);
  };
}

/** One event to several listeners. */
export function publishTo(...listeners: readonly Publish[]): Publish {
  return (event) => listeners.forEach((listener) => listener(event));
}
