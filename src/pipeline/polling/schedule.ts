import { schedule, validateDetailed } from 'node-cron';
import { AgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Poller } from './poller.ts';

/** A running schedule. */
export interface PollSchedule {
  /** Ends the look that is under way and all to come. */
  stop(): Promise<void>;
}

/** Looks through an archive whenever the cron expression says, never twice at once. Throws CONFIGURATION_INVALID. */
export function schedulePoller(poller: Poller, cronExpression: string, publish: Publish): PollSchedule {
  const { valid, errors } = validateDetailed(cronExpression);
  if (!valid) {
    const detail = `The schedule ${JSON.stringify(cronExpression)} of archive ${poller.name}: ${errors.map(({ message }) => message).join('; ')}`;
    throw new AgentError('CONFIGURATION_INVALID', detail);
  }
  const stopping = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  const look = async () => {
    underWay = poller.poll(stopping.signal).catch((thrown: unknown) => {
      publish({
        kind: 'unexpected',
        where: `poll ${poller.name}`,
        error: thrown instanceof Error ? thrown.name : typeof thrown,
      });
    });
    await underWay;
  };
  // The next look makes good for one that was missed: nothing to say about it on the console.
  const options = { name: `poll ${poller.name}`, noOverlap: true, suppressMissedWarning: true, logger: silent };
  const task = schedule(cronExpression, look, options);
  return {
    async stop() {
      await task.destroy();
      stopping.abort();
      await underWay;
    },
  };
}

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
