import { watch } from 'node:fs';
import { asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';

/** Editors write a file in several steps: this long after the last of them it is read. */
const settledMs = 200;

/** Reads a site's findings again when a file of their folder changes; a wrong one is reported, and those before stay. */
export function watchFindings(folder: string, publish: Publish, reload: () => Promise<void>): { close(): void } {
  const state: { timer?: NodeJS.Timeout; reading: Promise<void> } = { reading: Promise.resolve() };
  const report = (thrown: unknown): void =>
    publish({ kind: 'unexpected', where: 'findings', error: asAgentError(thrown).message });
  const read = (): void => {
    state.reading = state.reading.then(reload).catch(report);
  };
  const watcher = watch(folder, { persistent: false }, () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(read, settledMs);
  });
  watcher.on('error', report);
  return {
    close() {
      clearTimeout(state.timer);
      watcher.close();
    },
  };
}
