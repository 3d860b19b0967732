import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Publish } from '#domain/event';
import type { Clock, Receive } from '#src/ports';
import { PduGate, type GateSettings } from './pdu-gate.ts';
import { incoming } from './reading.ts';
import { prepareEngine, StorageScp } from './storage-scp.ts';

export interface DimseSettings extends GateSettings {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  readonly callingAeTitles: readonly string[];
  readonly anyCalledAeTitle: boolean;
  readonly associationsMax: number;
  readonly associationsPerPeerMax: number;
}

export interface ListenerDoors {
  readonly settings: DimseSettings;
  readonly receive: Receive;
  readonly publish: Publish;
  readonly clock: Clock;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Aborts what is under way, and resolves when nothing more is written. */
  close(): Promise<void>;
}

// Beyond the limits as many again may ask, to be told to come back later; more are cut off at once.
const refusalsShare = 2;

/** Listens for associations. The engine's own server is not used: it knows neither an address to bind nor limits. */
export async function listen(doors: ListenerDoors): Promise<Listener> {
  const { settings } = doors;
  prepareEngine();
  const open = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const ofPeer = [...open].filter((connection) => connection.address === address).length;
    const { associationsMax, associationsPerPeerMax } = settings;
    if (open.size >= associationsMax * refusalsShare || ofPeer >= associationsPerPeerMax * refusalsShare) {
      refuse(doors, address);
      socket.destroy();
      return;
    }
    const isCrowded = open.size >= associationsMax || ofPeer >= associationsPerPeerMax;
    const connection = connect(doors, socket, { address, isCrowded });
    open.add(connection);
    void connection.settled().finally(() => open.delete(connection));
  });
  server.listen({ host: settings.host, port: settings.port });
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const { abort } of open) abort();
      await Promise.all([...open].map(({ settled }) => settled()));
      await closed;
    },
  };
}

interface Connection {
  readonly address: string;
  abort(): void;
  settled(): Promise<void>;
}

function connect(
  { settings, clock, publish, receive }: ListenerDoors,
  socket: Socket,
  { address, isCrowded }: { address: string; isCrowded: boolean },
): Connection {
  const aborted = (reason: string) => publish({ kind: 'association-aborted', address, reason });
  const gate = new PduGate(incoming(socket), { settings, clock, aborted });
  const policy = { ...settings, isCrowded };
  const scp = new StorageScp({ gate, address, policy, pduLengthMax: settings.pduLengthMax, receive, publish });
  return {
    address,
    abort: () => gate.abort('We are stopping.'),
    settled: () => scp.settled(),
  };
}

function refuse({ publish }: ListenerDoors, address = ''): void {
  publish({ kind: 'association-refused', address, reason: 'too many connections' });
}
