import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentProcess } from '#test/support/agent-process';

/** When the process is killed. Each waits for a sign of a step in the order of writes, then a few milliseconds more. */
export interface Moment {
  readonly name: string;
  /** Resolves when the moment has come. */
  wait(agent: AgentProcess, signal: AbortSignal): Promise<void>;
}

/** Every step that leaves a trace, from the first byte in the spool to the delivered document; and any time at all. */
export const moments: readonly Moment[] = [
  anyTime(),
  onFile('the first byte is in the spool', /^spool\/.*\.part$/),
  onFile('a source is in its place', /instances\/.*\.dcm$/),
  onFile('the ledger is being written', /ledger\.sqlite-wal$/),
  onLog('an instance was kept', /"instance-kept"/),
  onLog('a study settled', /"job":"settle"/),
  anyTime(),
  onLog('a clip was looked at', /"clip-read"/),
  onLog('an assessment was made', /"study-assessed"/),
  onLog('an assessment was committed', /"job":"assess"/),
  onLog('a document is in its place', /"document-written"/),
  onLog('the documents were committed', /"job":"compose"/),
  onLog('a document was delivered', /"document-delivered"/),
  onLog('a delivery was committed', /"job":"write-back"/),
];

function anyTime(): Moment {
  return {
    name: 'any time',
    async wait(_agent, signal) {
      await sleep(Math.random() * 6000, undefined, { signal }).catch(() => undefined);
    },
  };
}

/** The chance decides at which of the first few signs, since most steps happen many times. */
const signsMax = 6;

function onLog(name: string, sign: RegExp): Moment {
  const every = new RegExp(sign, 'g');
  return {
    name,
    async wait(agent, signal) {
      const wanted = 1 + Math.floor(Math.random() * signsMax);
      const before = agent.log().match(every)?.length ?? 0;
      let last = before;
      for (let quiet = 0; !signal.aborted && quiet < 300; quiet += 1) {
        const seen = agent.log().match(every)?.length ?? 0;
        if (seen >= before + wanted || (seen > before && quiet > 40)) break;
        if (seen > last) quiet = 0;
        last = seen;
        await sleep(10);
      }
      await sleep(Math.random() * 20);
    },
  };
}

function onFile(name: string, sign: RegExp): Moment {
  return {
    name,
    async wait({ dataFolder }, signal) {
      let wanted = 1 + Math.floor(Math.random() * signsMax);
      const come = Promise.withResolvers<void>();
      const watcher = watch(dataFolder, { recursive: true }, (_kind, file) => {
        if (file && sign.test(file) && (wanted -= 1) <= 0) come.resolve();
      });
      await Promise.race([come.promise, sleep(4000, undefined, { signal }).catch(() => undefined)]);
      watcher.close();
      if (Math.random() < 0.5) await sleep(Math.random() * 10);
    },
  };
}
