import { setPriority } from 'node:os';

const niceness = 10;

/** Lets receiving go before the thread that calls it, and before the threads it starts: on Linux each has a niceness of its own. */
export function stepBack(): void {
  if (process.platform === 'linux') setPriority(0, niceness);
}
