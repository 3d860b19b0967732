import { readFileSync } from 'node:fs';

/** An agent that was killed answers again within this time. */
export const startUpLimitMs = 5000;

/** How long starting took, from the command to ports that answer. */
export interface StartUp {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly overLimit: number;
}

/** The first start is left out: it makes what later ones find, and follows no kill. */
export function summarizeStarts([, ...afterKills]: readonly number[]): StartUp {
  const sorted = [...afterKills].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  const overLimit = sorted.filter((ms) => ms > startUpLimitMs).length;
  return { p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1), overLimit };
}

/** Processor time that a process has used, by /proc/PID/stat: its 14th and 15th field, in ticks of 10 ms. */
export function cpuMsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user! + system!) * 10;
}
