import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '#dimse/listener';
import { AgentError, asAgentError } from '#domain/errors';
import { createClipReader } from '#look/clip-reader';
import { createReceive } from '#pipeline/receive';
import { systemClock } from '#src/clock';
import { openInstanceFiles } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { dimseSettings } from '#test/dimse/listening';
import { quietReceiving } from '#test/support/receiving';

/** Everything that an agent takes in with, in this process; only readers run on threads that can be killed. */
export interface Target {
  readonly port: number;
  readonly dataFolder: string;
  /** Takes a file in as the doors do, and looks at its pixels as an assessment would: kept, refused, or what went wrong. */
  take(bytes: Buffer): Promise<string>;
  close(): Promise<void>;
}

/** What is not over after so long hangs. */
export const hangMs = 30_000;

export async function openTarget(): Promise<Target> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'apical-fuzz-'));
  const clock = systemClock;
  const files = await openInstanceFiles({ dataFolder, instanceBytesMax: 1e8, freeBytesMin: 1 }, clock, {
    ownsFolder: true,
  });
  const ledger = createLedger(openDatabase(join(dataFolder, 'archive')), clock, { ownsFolder: true });
  const reader = createClipReader({ workers: 2, timeLimitMs: 10_000, memoryLimitMb: 512 });
  const limits = { studyBytesMax: 1e12, queueMax: 1e9 };
  const publish = () => undefined;
  const receive = createReceive({ clock, ledger, files, reader, ...quietReceiving(1e6), publish, limits });
  const settings = { ...dimseSettings, associationsMax: 64, associationsPerPeerMax: 64 };
  const listener = await listen({ settings, receive, publish, clock });

  const take = async (bytes: Buffer): Promise<string> => {
    try {
      const path = join(dataFolder, 'looked-at.dcm');
      await writeFile(path, bytes);
      await lookingOver(reader.frames(path, [0]));
      await lookingOver(reader.prepare(path, { frameIndices: [0, 1], size: 112 }));
      const reception = await receive({ kind: 'stow-rs', address: 'fuzz' });
      reception.sink.end(bytes);
      const { facts } = await reception.keep();
      return (await ledger.instance(facts.sopInstance)) ? 'kept' : 'it was kept without a row';
    } catch (thrown) {
      const { code, cause } = asAgentError(thrown);
      return code === 'UNEXPECTED' ? `an unexpected fault: ${String(cause)}` : 'refused';
    }
  };
  return {
    port: listener.port,
    dataFolder,
    take: (bytes) => Promise.race([take(bytes), sleep(hangMs, 'it hangs', { ref: false })]),
    async close() {
      await listener.close();
      await reader.close();
      ledger.close();
      await rm(dataFolder, { recursive: true });
    },
  };
}

/** Pixels that cannot be decoded are no news; anything else is. */
async function lookingOver(looking: Promise<unknown>): Promise<void> {
  await looking.catch((thrown: unknown) => {
    const error = asAgentError(thrown);
    if (error.code === 'UNEXPECTED')
      throw new AgentError('UNEXPECTED', error.detail, { cause: error.cause ?? error.detail });
  });
}
