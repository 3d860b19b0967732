import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the process holds, after all that can be collected was. */
export interface Holding {
  readonly descriptors: number;
  readonly heapMb: number;
  readonly residentMb: number;
}

export async function holding(): Promise<Holding> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times += 1) {
    collect();
    await sleep(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    descriptors: (await readdir('/proc/self/fd')).length,
    heapMb: (heapUsed + external) / 2 ** 20,
    residentMb: rss / 2 ** 20,
  };
}

/** The same once no more than so many descriptors are open, or five seconds have passed: connections close after their peers. */
export async function holdingAtRest(descriptorsMax: number): Promise<Holding> {
  for (let look = 0; look < 50; look += 1) {
    const now = (await readdir('/proc/self/fd')).length;
    if (now <= descriptorsMax) break;
    await sleep(100);
  }
  return holding();
}
