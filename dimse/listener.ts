import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AssociationEnd, AssociationRefusal, Publish } from '#domain/event';
import type { Certificates, Clock, Receive } from '#src/ports';
import { isAmong } from './addresses.ts';
import type { GateSettings } from './gate-doors.ts';
import { PduGate } from './pdu-gate.ts';
import { incoming } from './reading.ts';
import type { CommitmentReport, CommitmentRequested } from './storage-commitment.ts';
import { prepareEngine, StorageScp } from './storage-scp.ts';

export interface DimseSettings extends GateSettings {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  readonly callingAeTitles: readonly string[];
  readonly anyCalledAeTitle: boolean;
  /** Addresses and networks that may connect; empty for any. */
  readonly addresses: readonly string[];
  readonly sopClasses: readonly string[];
  readonly commitment: readonly { readonly aeTitle: string }[];
  readonly associationsMax: number;
  readonly associationsPerPeerMax: number;
}

export interface ListenerDoors {
  readonly settings: DimseSettings;
  /** Given, nobody is heard but over TLS. */
  readonly certificates?: Certificates | undefined;
  readonly receive: Receive;
  readonly publish: Publish;
  readonly clock: Clock;
  /** An archive answers a request to commit (PS3.4 annex J). */
  readonly reported?: ((report: CommitmentReport) => void) | undefined;
  /** A modality that may, asks us to commit: resolves once the request is durable. */
  readonly requested?: ((request: CommitmentRequested, aeTitle: string) => Promise<void>) | undefined;
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
  const turnAway = (socket: Socket, reason: AssociationRefusal): void => {
    refuse(doors, reason, socket.remoteAddress);
    socket.destroy();
  };
  const take = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    if (!isAmong(settings.addresses, address)) return turnAway(socket, 'address-not-allowed');
    const ofPeer = [...open].filter((connection) => connection.address === address).length;
    const { associationsMax, associationsPerPeerMax } = settings;
    if (open.size >= associationsMax * refusalsShare || ofPeer >= associationsPerPeerMax * refusalsShare) {
      return turnAway(socket, 'too-many-connections');
    }
    const isCrowded = open.size >= associationsMax || ofPeer >= associationsPerPeerMax;
    const connection = connect(doors, socket, { address, isCrowded });
    open.add(connection);
    void connection.settled().finally(() => open.delete(connection));
  };
  const server = doors.certificates ? secureServer(doors, doors.certificates, take) : plainServer(take);
  const raw = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    raw.add(socket);
    socket.once('close', () => raw.delete(socket));
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
      for (const socket of raw) socket.destroy(); // those amid a TLS handshake
      await closed;
    },
  };
}

function plainServer(take: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, take);
}

/** Changed certificates hold for the next handshake; associations that are there go on. */
function secureServer(doors: ListenerDoors, certificates: Certificates, take: (socket: Socket) => void): Server {
  const { settings } = doors;
  const options = { allowHalfOpen: true, noDelay: true, handshakeTimeout: settings.firstPduMs };
  const server = createTlsServer({ ...certificates.options(), ...options }, take);
  certificates.onChange(() => server.setSecureContext(certificates.options()));
  server.maxConnections = settings.associationsMax * refusalsShare; // handshakes count too
  server.on('drop', (drop) => refuse(doors, 'too-many-connections', drop?.remoteAddress));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const address = socket.remoteAddress ?? '';
    doors.publish({ kind: 'association-refused', address, reason: 'tls-handshake', detail: error.code ?? '' });
    socket.destroy();
  });
  return server;
}

interface Connection {
  readonly address: string;
  abort(): void;
  settled(): Promise<void>;
}

function connect(
  { settings, clock, publish, receive, reported, requested }: ListenerDoors,
  socket: Socket,
  { address, isCrowded }: { address: string; isCrowded: boolean },
): Connection {
  const aborted = (cause: AssociationEnd, reason: string) =>
    publish({ kind: 'association-aborted', address, cause, reason });
  const gate = new PduGate(incoming(socket), { settings, clock, aborted, reported, requested });
  const policy = { ...settings, isCrowded };
  const scp = new StorageScp({ gate, address, policy, pduLengthMax: settings.pduLengthMax, receive, publish });
  return {
    address,
    abort: () => gate.abort('stopping', 'We are stopping.'),
    settled: () => scp.settled(),
  };
}

function refuse({ publish }: ListenerDoors, reason: AssociationRefusal, address = ''): void {
  publish({ kind: 'association-refused', address, reason });
}
