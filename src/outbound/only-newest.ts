import type { Destination } from '#src/ports';
import type { AskStanding } from './message.ts';

/**
 * Withholds a report that a newer one has replaced by the time that it can be told: an early finding that comes after its
 * withdrawal would be believed. The newer report says all, what was withdrawn included.
 */
export function onlyNewest(destination: Destination, ask: AskStanding): Destination {
  return {
    ...destination,
    async deliver(instance, path, signal) {
      const { study, sopInstance } = instance.facts;
      const reports = ((await ask(study))?.documents ?? []).filter(({ kind }) => kind === 'sr');
      const told = reports.find((report) => report.sopInstance === sopInstance);
      const isReplaced = told !== undefined && reports.some(({ revision }) => revision > told.revision);
      if (isReplaced) return { kind: 'withheld', because: 'REPORT_REPLACED' };
      return destination.deliver(instance, path, signal);
    },
  };
}
