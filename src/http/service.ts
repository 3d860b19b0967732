import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Access } from '#domain/access';
import type { ModelIdentity } from '#domain/assessment';
import { AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { WatchReport } from '#domain/watching';
import type { Certificates, Clock } from '#src/ports';
import type { Desk } from '#src/ports/reading-desk';
import { type AboutDocument, type ReadyPart, researchNotice } from './api/about.ts';
import { addApi, type ApiDoors } from './api/routes.ts';
import { addSystem, type SystemDoors } from './api/system-routes.ts';
import type { EventHub } from './events.ts';
import { createFaults, placeOf } from './faults.ts';
import { addHealth } from './health.ts';
import type { Metrics } from './metrics.ts';
import { addPage } from './page-routes.ts';
import { type LoginMethod, requireLogin } from './login.ts';
import { limitBody } from './request-limits.ts';
import type { Tally } from './tally.ts';
import { refusalOf } from './problem.ts';
import { tellRefusals } from './refusals.ts';
import { answerUpgrades, isUpgraded } from './upgrades.ts';
import { requireKnownHost, requireKnownOrigin, setSecurityHeaders } from './security.ts';

export interface HttpDoors {
  readonly settings: HttpSettings;
  /** Given, HTTPS only. */
  readonly certificates?: Certificates | undefined;
  /** Given, nobody gets in without. */
  readonly login?: LoginMethod | undefined;
  /** Listens to what was answered, and to whom. */
  readonly accessed?: ((access: Access) => void) | undefined;
  readonly ledger: ApiDoors['ledger'] & SystemDoors['ledger'];
  readonly desk: Desk;
  readonly tally: Tally;
  readonly system: SystemDoors['system'];
  readonly clock: Clock;
  readonly publish: Publish;
  /** Further services under the same roof, such as DICOMweb. */
  readonly routers: readonly Routes[];
  readonly metrics: Metrics;
  readonly events: EventHub;
  readonly readiness: () => Promise<readonly ReadyPart[]>;
  /** What the agent sees of itself. */
  readonly watch?: (() => Promise<WatchReport>) | undefined;
  /** Makes a study and sends it to ourselves. */
  readonly demonstrate?: () => Promise<{ readonly study: string }>;
  readonly about: AboutFacts;
}

type Routes = ReturnType<Router['routes']>;

interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly requestBytesMax: number;
  readonly connectionsMax: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly viewerUrl?: string | undefined;
}

interface AboutFacts {
  readonly version: string;
  readonly aeTitle: string;
  readonly dimsePort: number;
  readonly host: string;
  readonly archives: readonly string[];
  readonly destinations: readonly string[];
  readonly models: readonly ModelIdentity[];
}

export interface HttpService {
  /** Throws CONFIGURATION_INVALID where the port is taken. */
  listen(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** Takes no more requests, ends the event streams and lets answers that are under way be finished. */
  close(): Promise<void>;
}

/** The page, its API, health, metrics, and the services given, behind one door. */
export function createHttpService(doors: HttpDoors): HttpService {
  const { settings, events, certificates, publish } = doors;
  const application = createApplication(doors);
  // Koa answers each fault itself, so its promise has nothing to say.
  const answer: RequestListener = (request, response) => void application(request, response);
  const limits = timeLimits(settings);
  const server = certificates ? secureServer(certificates, limits, answer) : createServer(limits, answer);
  server.maxConnections = settings.connectionsMax;
  tellRefusals(server, publish);
  answerUpgrades(server, answer);
  return {
    async listen() {
      const { host } = settings;
      server.listen(settings.port, host);
      await once(server, 'listening').catch((cause: unknown) => {
        const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
        const why = isTaken ? 'another program has that port: end it, or set' : 'set';
        const detail = `The page cannot listen on ${host}:${settings.port}: ${why} another http.port or http.host.`;
        throw new AgentError('CONFIGURATION_INVALID', detail, { cause });
      });
      const { port } = server.address() as AddressInfo;
      return { host, port, url: `${certificates ? 'https' : 'http'}://${nameFor(host)}:${port}/` };
    },
    async close() {
      events.close();
      await finish(server);
    },
  };
}

// A large study on a slow line takes long; a request line does not.
function timeLimits({ headersMs, requestMs }: HttpSettings): ServerOptions {
  const connectionsCheckingInterval = Math.min(headersMs, checkingMs); // Node looks this often who is late
  return {
    headersTimeout: headersMs,
    requestTimeout: Math.max(headersMs, requestMs), // Node asks for this order
    connectionsCheckingInterval,
    shouldUpgradeCallback: isUpgraded,
  };
}

const checkingMs = 5_000;
const finishMs = 5_000;

function secureServer(certificates: Certificates, limits: ServerOptions, answer: RequestListener): Server {
  const handshakeTimeout = limits.headersTimeout!;
  const server = createSecureServer({ ...limits, ...certificates.options(), handshakeTimeout }, answer);
  certificates.onChange(() => server.setSecureContext(certificates.options()));
  return server;
}

async function finish(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), finishMs);
  await closed;
  clearTimeout(late);
}

function nameFor(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function createApplication(doors: HttpDoors): ReturnType<Koa['callback']> {
  const { settings, publish, routers } = doors;
  const app = new Koa();
  // What breaks while an answer streams can only be cut off; a client that went away is no fault of ours.
  app.on('error', (thrown: NodeJS.ErrnoException) => {
    const isGone = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(thrown.code ?? '');
    const { code } = asAgentError(thrown);
    if (!isGone) publish({ kind: 'unexpected', where: 'http', error: code === 'UNEXPECTED' ? placeOf(thrown) : code });
  });
  app.use(createAnswered(doors));
  app.use(setSecurityHeaders);
  app.use(createFaults(publish));
  app.use(requireKnownHost(settings.allowedHosts));
  app.use(requireKnownOrigin(settings.allowedOrigins));
  if (doors.login) app.use(requireLogin(doors.login, publish));
  app.use(limitBody(settings.requestBytesMax));
  app.use(createRoutes(doors));
  for (const router of routers) app.use(router);
  return app.callback();
}

/** Says of each request how it was answered, by its route: the address itself holds UIDs. */
function createAnswered({ clock, publish, accessed }: HttpDoors): Middleware {
  return async (context, next) => {
    const startedAt = clock.now();
    await next();
    const { _matchedRoute: matched } = context as { _matchedRoute?: unknown };
    const route = typeof matched === 'string' ? matched : 'none';
    const { method, status, ip: address, querystring: query } = context;
    const { study } = (context as { params?: Record<string, string> }).params ?? {};
    const { user } = context.state as { user?: string };
    const code = status < 500 ? refusalOf(context) : undefined; // from 500 on it is our trouble
    if (code !== undefined) publish({ kind: 'request-refused', address, code });
    accessed?.({ method, route, status, address, query, ...(study && { study }), ...(user && { user }) });
    publish({ kind: 'http-answered', method, route, status, milliseconds: clock.now() - startedAt });
  };
}

function createRoutes(doors: HttpDoors): Routes {
  const { ledger, events, demonstrate, desk } = doors;
  const router = new Router();
  addPage(router);
  addHealth(router, doors);
  addApi(router, { ledger, events, demonstrate, desk, about: () => aboutDocument(doors) });
  addSystem(router, { ...doors, models: doors.about.models });
  return router.routes();
}

function aboutDocument({ about, demonstrate, desk, settings }: HttpDoors): Omit<AboutDocument, 'login'> {
  const { version, aeTitle, host, dimsePort: port, archives, destinations, models } = about;
  return {
    version,
    notice: researchNotice,
    dimse: { aeTitle, host, port },
    archives,
    destinations,
    models,
    phantomOnly: models.some(({ phantomOnly }) => phantomOnly),
    demonstration: demonstrate !== undefined,
    methods: desk.methods,
    ...(settings.viewerUrl !== undefined && { viewerUrl: settings.viewerUrl }),
  };
}
