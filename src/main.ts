import type { Configuration } from '#config/schema';
import type { Vouch } from '#dicomweb/server/commitment';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { createWorklistRouter } from '#dicomweb/ups/router';
import { listen } from '#dimse/listener';
import type { AgentEvent, Publish } from '#domain/event';
import { createEventHub } from '#http/events';
import { createMetrics } from '#http/metrics';
import { createHttpService } from '#http/service';
import { createTally, type Tally } from '#http/tally';
import { commitmentOf } from '#pipeline/commit';
import { runLanes } from '#pipeline/loop';
import { createReceive } from '#pipeline/receive';
import { createCommit } from '#pipeline/ask-commit';
import { lockDataFolder } from '#store/open';
import { leavingOf, openAuditing, tellingDoors } from './auditing.ts';
import { createWatch } from '#watch/watch';
import { boundQuarantine } from './bound-quarantine.ts';
import { openCertificates } from './certificates.ts';
import { createDemonstration } from './demonstration.ts';
import { createDesk } from './desk.ts';
import { scheduleKeeping } from './keeping.ts';
import { listening } from './listening.ts';
import { limitsOf } from './limits-of.ts';
import { createLive, viewOf } from './live.ts';
import { loginOf } from './login-of.ts';
import { createLog, publishTo } from './log.ts';
import { openParts, type Parts } from './parts.ts';
import { openPollers } from './pollers.ts';
import type { Certificates, Clock } from './ports.ts';
import { readinessOf } from './readiness.ts';
import { release } from './release.ts';
import { tracesOf } from './traces-of.ts';
import { systemOf } from './system.ts';
import { isRoot, rootAdvice } from './root.ts';
import { watchConfiguration, type ConfigurationSource } from './watch-configuration.ts';

/** An agent at work. */
export interface RunningAgent {
  readonly parts: Parts;
  readonly dimse: { readonly aeTitle: string; readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number; readonly url: string };
  /** Reads the configuration again, where it has a source. */
  reload(): void;
  /** Stops receiving, lets what is under way come to a durable point, and closes everything. */
  stop(): Promise<void>;
}

/** Introduces the adapters to each other and starts the agent; the only place that knows them all. Throws CONFIGURATION_INVALID. */
export async function startAgent(
  configuration: Configuration,
  { clock, listener, source }: { clock: Clock; listener?: (event: AgentEvent) => void; source?: ConfigurationSource },
): Promise<RunningAgent> {
  const startedAt = clock.now();
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const live = createLive(configuration);
    return await start({ configuration, live, source, clock, listener, startedAt, closers, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

interface Starting {
  /** As it was at the start: for what holds until the end. */
  readonly configuration: Configuration;
  readonly live: ReturnType<typeof createLive<Configuration>>;
  readonly source: ConfigurationSource | undefined;
  readonly clock: Clock;
  readonly listener: ((event: AgentEvent) => void) | undefined;
  readonly startedAt: number;
  /** What is to be closed at the end, the last first. */
  readonly closers: (() => unknown)[];
  readonly stop: () => Promise<void>;
}

async function start(starting: Starting): Promise<RunningAgent> {
  const { configuration, live, clock, closers } = starting;
  const lock = lockDataFolder(configuration.dataFolder);
  closers.push(lock.release);
  const metrics = createMetrics(() => limitsOf(live.current()));
  const events = createEventHub({ listenersMax: configuration.http.listenersMax });
  const tally = createTally(starting.startedAt);
  const auditor = openAuditing(configuration, { clock, publish: (event) => publish(event) });
  if (auditor) closers.push(auditor.close);
  const traces = await tracesOf(configuration, {
    clock,
    failed: (error) => publish({ kind: 'unexpected', where: 'traces', error }),
  });
  if (traces) closers.push(traces.close);
  const quarantine = boundQuarantine(configuration.dataFolder, {
    limits: viewOf(() => live.current().limits),
    publish: (event) => publish(event),
  });
  closers.push(quarantine.close);
  const publish: Publish = publishTo(
    createLog(() => live.current().log.level),
    metrics.record,
    tally.record,
    events.publish,
    ...(auditor ? [auditor.record] : []),
    ...(traces ? [traces.record] : []),
    quarantine.record,
    ...(starting.listener ? [starting.listener] : []),
  );
  const watched = watchConfiguration(starting.source ?? { load: () => configuration }, { live, publish });
  closers.push(watched.close);
  const parts = await openParts(live, { clock, publish, ownsFolder: true });
  closers.push(parts.close);
  auditor?.begin(tellingDoors(live, parts.agent.ledger));
  if (auditor) closers.push(auditor.close); // while the ledger can still say who the patient is
  startLanes(parts, starting);

  const { ledger } = parts.agent;
  const receive = createReceive(receivingDoors(parts, live));
  const secured = certificatesOf(starting, publish);
  const dimse = await listening({ setting: 'dimse', ...configuration.dimse }, () =>
    listen({
      settings: viewOf(() => live.current().dimse),
      certificates: secured('dimse'),
      receive,
      publish,
      clock,
      reported: parts.commitments.report,
      requested: createCommit(parts.agent),
    }),
  );
  closers.push(dimse.close);
  const { aeTitle } = configuration.dimse;
  const http = await startHttp({
    ...starting,
    watched,
    auditor,
    parts,
    receive,
    publish,
    metrics,
    events,
    tally,
    dimse: { aeTitle, ...dimse },
    certificates: secured('http'),
  });
  closers.push(openPollers(live, { ledger, receive, clock, publish }).close);
  closers.push(scheduleKeeping(live, { ...parts, clock, publish, leaving: leavingOf(ledger, auditor) }).close);
  const at = { dimse: `${aeTitle}@${dimse.host}:${dimse.port}`, http: http.url };
  if (isRoot()) publish({ kind: 'runs-as-root', advice: rootAdvice });
  publish({ kind: 'started', ...at, milliseconds: clock.now() - starting.startedAt });
  closers.push(() => publish({ kind: 'stopping' }));
  return {
    parts,
    dimse: { aeTitle, host: dimse.host, port: dimse.port },
    http,
    reload: watched.reload,
    stop: starting.stop,
  };
}

/** What receiving needs, as the configuration says at the moment of looking. */
function receivingDoors({ agent }: Parts, live: Starting['live']): Parameters<typeof createReceive>[0] {
  return {
    ...agent,
    limits: viewOf(() => live.current().limits),
    get worklists() {
      return agent.worklists;
    },
    get settings() {
      return agent.settings;
    },
  };
}

function certificatesOf({ configuration, closers }: Starting, publish: Publish) {
  return (setting: 'dimse' | 'http') => {
    const { tls } = configuration[setting];
    const certificates = tls && openCertificates(`${setting}.tls`, tls, { publish });
    if (certificates) closers.push(certificates.close);
    return certificates;
  };
}

/** Work that was under way is given up at the stop: its lease is released at the next start, and it is told again. */
function startLanes({ agent }: Parts, { live, closers }: Starting): void {
  const stopping = new AbortController();
  const patience = viewOf(() => {
    const { leaseMs, attemptsMax, backOffFirstMs, backOffMaxMs } = live.current().limits;
    return { leaseMs, attemptsMax, backOffFirstMs, backOffMax: backOffMaxMs };
  });
  const lanes = runLanes(agent, { patience, stop: stopping.signal });
  closers.push(() => {
    stopping.abort();
    return lanes;
  });
}

interface Serving extends Starting {
  readonly watched: ReturnType<typeof watchConfiguration>;
  readonly auditor: ReturnType<typeof openAuditing>;
  readonly parts: Parts;
  readonly receive: ReturnType<typeof createReceive>;
  readonly publish: Publish;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly events: ReturnType<typeof createEventHub>;
  readonly tally: Tally;
  readonly dimse: RunningAgent['dimse'];
  readonly certificates: Certificates | undefined;
}

async function startHttp(serving: Serving): Promise<RunningAgent['http']> {
  const { configuration, live, clock, parts, receive, publish, metrics, events, dimse, closers } = serving;
  const { agent, catalogue } = parts;
  const { allowedOrigins: origins, resultsMax, partsMax } = configuration.http;
  const { requestBytesMax: bytesMax, requestSilenceMs: silenceMs } = configuration.http;
  const limits = { resultsMax, partsMax, patience: { silenceMs, bytesMax } };
  const vouch: Vouch = (instances) => commitmentOf({ transaction: '', instances }, agent);
  const dicomWeb = createDicomWebRouter({
    ...agent,
    parts: agent.reader,
    vouch,
    catalogue,
    receive,
    publish,
    limits,
    origins,
  });
  const { worklists } = parts;
  const worklist = createWorklistRouter({ ...worklists, resultsMax, origins });
  const demonstrate = createDemonstration({ to: dimse, ledger: agent.ledger });
  const service = createHttpService({
    settings: configuration.http,
    certificates: serving.certificates,
    login: loginOf(configuration.http),
    accessed: serving.auditor?.accessed,
    ledger: agent.ledger,
    clock,
    publish,
    routers: [dicomWeb.routes(), worklist.routes()],
    metrics,
    events,
    watch: createWatch(agent.ledger, { clock, settings: () => live.current().watch }).look,
    readiness: () => readinessOf(live.current(), parts, serving.watched.state()),
    desk: createDesk(live, parts.agent),
    tally: serving.tally,
    system: () => systemOf(live.current(), parts, serving.watched.state()),
    demonstrate: () => demonstrate(),
    about: {
      version: release.version,
      aeTitle: dimse.aeTitle,
      dimsePort: dimse.port,
      host: dimse.host,
      get archives() {
        return live.current().archives.map(({ name }) => name);
      },
      get destinations() {
        return live.current().destinations.map(({ name }) => name);
      },
      models: [agent.findings.identity, agent.views.identity],
    },
  });
  const at = await listening({ setting: 'http', ...configuration.http }, service.listen);
  closers.push(service.close);
  closers.push(worklists.channels.close);
  worklists.servedAt(at.url);
  return at;
}
