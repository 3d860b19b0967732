import { modelsFolderOf } from '#config/models-folder';
import type { Configuration, DestinationSettings } from '#config/schema';
import { createComposer } from '#compose/composer';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import { createCommitments, type Commitments } from '#dimse/commitments';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { withCommitment } from '#dimse/destinations/committed';
import type { DocumentKind } from '#domain/document';
import type { Publish } from '#domain/event';
import { createClipReader } from '#look/clip-reader';
import { openEchoClip } from '#models/echoclip/model';
import { loadQuestions } from '#models/echoclip/questions';
import { provideModel } from '#models/provide';
import { openRuntime } from '#models/runtime';
import { openViewClassifier } from '#models/view-classifier/model';
import type { Agent } from '#pipeline/agent';
import { createCatalogue } from '#store/catalogue';
import { dataFolders, openInstanceFiles } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { openCertificates } from './certificates.ts';
import { credentialsOf } from './credentials.ts';
import type { Catalogue, Clock, Destination } from './ports.ts';
import { release } from './release.ts';
import { watchFindings } from './watch-findings.ts';

/** What the story is told with, and the archive's catalogue. */
export interface Parts {
  readonly agent: Agent;
  readonly catalogue: Catalogue;
  /** Where archives' answers to requests to commit go. */
  readonly commitments: Commitments;
  close(): Promise<void>;
}

interface Opening {
  readonly clock: Clock;
  readonly publish: Publish;
  /** False for a look at another agent's data folder: nothing of it is changed. */
  readonly ownsFolder: boolean;
}

/** Opens the data folder, the readers and the models. */
export async function openParts(configuration: Configuration, opening: Opening): Promise<Parts> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    return await open(configuration, { ...opening, closers, close });
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function open(
  configuration: Configuration,
  { clock, publish, ownsFolder, closers, close }: Opening & { closers: (() => unknown)[]; close: () => Promise<void> },
): Promise<Parts> {
  const { dataFolder, limits, assessment, results } = configuration;
  const database = openDatabase(dataFolders(dataFolder).archive, { readOnly: !ownsFolder });
  closers.push(() => database.close());
  const ledger = createLedger(database, clock, { ownsFolder });
  const reader = createClipReader({
    workers: limits.readers,
    timeLimitMs: limits.readerTimeMs,
    memoryLimitMb: limits.readerMemoryMb,
  });
  closers.push(reader.close);
  const commitments = createCommitments();
  const agent: Agent = {
    clock,
    publish,
    ledger,
    reader,
    files: await openInstanceFiles({ dataFolder, ...limits }, clock, { ownsFolder }),
    ...(await openModels(configuration, { publish, ownsFolder, closers })),
    composer: createComposer({
      ...results,
      softwareVersion: release.version,
      optionalReports: configuration.destinations.flatMap(reportsFor),
    }),
    destinations: configuration.destinations.map((settings) => ({
      ...destinationOf(settings, { configuration, publish, closers, commitments }),
      reports: reportsFor(settings),
    })),
    settings: assessment,
  };
  return { agent, catalogue: createCatalogue(database), commitments, close };
}

async function openModels(
  { dataFolder, models }: Configuration,
  { publish, ownsFolder, closers }: Omit<Opening, 'clock'> & { closers: (() => unknown)[] },
): Promise<Pick<Agent, 'findings' | 'views'>> {
  const modelsFolder = modelsFolderOf({ dataFolder, models });
  const runtime = await openRuntime(models);
  closers.push(runtime.close);
  publish({ kind: 'provider-chosen', provider: runtime.provider, passedOver: runtime.passedOver });
  const forFindings = await provideModel({ id: models.findings, modelsFolder });
  const forViews = await provideModel({ id: models.views, modelsFolder });
  const { method, precision, viewScoreMin: scoreMin } = models;
  const definitions = await loadQuestions(models);
  const findings = await openEchoClip({ folder: forFindings, runtime, method, precision, definitions });
  if (models.findingsFolder !== undefined && ownsFolder) {
    const reload = async () => findings.ask(await loadQuestions(models));
    closers.push(watchFindings(models.findingsFolder, publish, reload).close);
  }
  return {
    findings,
    views: await openViewClassifier({ folder: forViews, runtime, scoreMin, precision }),
  };
}

const reportKinds = { measurement: 'sr', text: 'text-sr', echo: 'echo-sr', 'key-clips': 'key-objects' } as const;

function reportsFor({ reports }: DestinationSettings): readonly DocumentKind[] {
  return reports.map((report) => reportKinds[report]);
}

interface DestinationDoors {
  readonly configuration: Configuration;
  readonly publish: Publish;
  readonly closers: (() => unknown)[];
  readonly commitments: Commitments;
}

function destinationOf(
  settings: DestinationSettings,
  { configuration, publish, closers, commitments }: DestinationDoors,
): Destination {
  switch (settings.kind) {
    case 'c-store': {
      const certificates = settings.tls && openCertificates(`destination ${settings.name}`, settings.tls, { publish });
      if (certificates) closers.push(certificates.close);
      const peer = { ...settings, certificates, callingAeTitle: configuration.dimse.aeTitle };
      const stored = createCStoreDestination(peer);
      return settings.commitment ? withCommitment(stored, { ...peer, commitments }) : stored;
    }
    case 'stow-rs':
      return createStowDestination({ ...settings, authorization: credentialsOf(settings.auth) });
  }
}
