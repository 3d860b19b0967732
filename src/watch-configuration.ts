import { statSync } from 'node:fs';
import { divide } from '#config/live';
import type { Configuration } from '#config/schema';
import { asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Live } from './live.ts';

/** Where the configuration comes from, to read it again. */
export interface ConfigurationSource {
  /** The file that is watched, where there is one. */
  readonly file?: string | undefined;
  /** Reads and checks it as a whole. Throws CONFIGURATION_INVALID. */
  load(): Configuration;
}

/** What the last reading again came to. */
export interface ConfigurationState {
  /** Why the file as it stands does not hold. */
  readonly refused?: string;
  /** Settings of the file that wait for a restart. */
  readonly needRestart: readonly string[];
}

interface Watching {
  readonly live: Live<Configuration> & { change(next: Configuration): void };
  readonly publish: Publish;
  /** How often the file is looked at; it is read once two looks saw the same, since editors write in steps. */
  readonly everyMs?: number;
}

/** Reads the configuration again when its file changes, or when told. A wrong one changes nothing; what may, holds at once. */
export function watchConfiguration(
  { file, load }: ConfigurationSource,
  { live, publish, everyMs = 1_000 }: Watching,
): { reload(): void; state(): ConfigurationState; close(): void } {
  const first = signOf(file);
  const held: { state: ConfigurationState; read: string; seen: string } = {
    state: { needRestart: [] },
    read: first,
    seen: first,
  };
  const reload = (): void => {
    held.read = signOf(file);
    try {
      const { configuration, changed, needRestart } = divide(live.current(), load());
      if (changed.length > 0) live.change(configuration);
      held.state = { needRestart };
      publish({ kind: 'configuration-applied', changed, needRestart });
    } catch (thrown) {
      const { detail } = asAgentError(thrown);
      held.state = { ...held.state, refused: detail };
      publish({ kind: 'configuration-refused', detail });
    }
  };
  const look = (): void => {
    const seen = signOf(file);
    if (seen !== held.read && seen === held.seen) reload();
    held.seen = seen;
  };
  const looking = file === undefined ? undefined : setInterval(look, everyMs).unref();
  return {
    reload,
    state: () => held.state,
    close: () => clearInterval(looking),
  };
}

/** Changes with the file; one that is gone or may not be looked at has one too, and reading it says why. */
function signOf(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
