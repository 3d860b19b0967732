import type { AgentEvent } from '#domain/event';
import { listen, type DimseSettings, type Listener } from '#dimse/listener';
import type { Clock, Receive } from '#src/ports';
import { createArchive, type TestArchive } from '#test/dicomweb/archive';
import { steppedClock } from './stepped-clock.ts';

export const dimseSettings: DimseSettings = {
  aeTitle: 'APICAL',
  host: '127.0.0.1',
  port: 0,
  callingAeTitles: [],
  anyCalledAeTitle: false,
  addresses: [],
  sopClasses: [],
  associationsMax: 8,
  associationsPerPeerMax: 8,
  pduLengthMax: 16_384,
  commandBytesMax: 16_384,
  contextsMax: 128,
  commitment: [],
  firstPduMs: 10_000,
  idleMs: 60_000,
  associationMs: 3_600_000,
};

/** A listener over a test archive, with a clock that stands still. */
export interface Listening {
  readonly listener: Listener;
  readonly archive: TestArchive;
  readonly events: AgentEvent[];
  readonly clock: Clock & { advance(milliseconds: number): void };
  stop(): Promise<void>;
}

export async function startListening(
  settings: Partial<DimseSettings> = {},
  {
    bytesMax = Infinity,
    door = (receive) => receive,
  }: { bytesMax?: number; door?: (receive: Receive) => Receive } = {},
): Promise<Listening> {
  const archive = await createArchive({ bytesMax });
  const events: AgentEvent[] = [];
  const clock = steppedClock();
  const listener = await listen({
    settings: { ...dimseSettings, ...settings },
    receive: door(archive.receive),
    publish: (event) => void events.push(event),
    clock,
  });
  return {
    listener,
    archive,
    events,
    clock,
    async stop() {
      const closed = listener.close();
      clock.advance(10_000); // whoever does not close is cut off
      await closed;
      await archive.remove();
    },
  };
}
