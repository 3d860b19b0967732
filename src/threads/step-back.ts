import { getPriority, setPriority } from 'node:os';

const steps = 10;
const niceMax = 19;

/** Lets receiving go before the thread that calls it, and before the threads it starts: on Linux each has a niceness of its own. */
export function stepBack(): void {
  if (process.platform === 'linux') setPriority(0, Math.min(niceMax, getPriority(0) + steps));
}
