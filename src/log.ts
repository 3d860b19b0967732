import winston from 'winston';
import type { AgentEvent, Publish } from '#domain/event';

const levels: Readonly<Record<AgentEvent['kind'], 'error' | 'warn' | 'info' | 'debug'>> = {
  started: 'info',
  stopping: 'info',
  'instance-kept': 'debug',
  'instance-refused': 'warn',
  'association-refused': 'warn',
  'association-aborted': 'warn',
  'certificates-reloaded': 'warn',
  'login-refused': 'warn',
  'job-done': 'debug',
  'job-failed': 'warn',
  'clip-read': 'info',
  'study-assessed': 'info',
  'document-written': 'info',
  'document-delivered': 'info',
  'document-withheld': 'info',
  'provider-chosen': 'info',
  'archive-polled': 'debug',
  'archive-poll-failed': 'warn',
  'http-answered': 'debug',
  unexpected: 'error',
};

/** The log: one JSON line an event on stderr. Events carry UIDs and codes, never a patient's values. */
export function createLog(level: 'error' | 'warn' | 'info' | 'debug'): Publish {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  return ({ kind, ...facts }) => void logger.log(levels[kind], kind, facts);
}

/** One event to several listeners. */
export function publishTo(...listeners: readonly Publish[]): Publish {
  return (event) => listeners.forEach((listener) => listener(event));
}
