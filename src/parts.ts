import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { openComposers, type Composers } from '#compose/composers';
import { createCommitments, type Commitments } from '#dimse/commitments';
import type { Publish } from '#domain/event';
import { createClipReader } from '#look/clip-reader';
import { rememberClips } from '#look/remember-clips';
import { openEchoClip } from '#models/echoclip/model';
import { loadQuestions } from '#models/echoclip/questions';
import { provideModel } from '#models/provide';
import { openRuntime } from '#models/runtime';
import { openViewClassifier } from '#models/view-classifier/model';
import type { Agent } from '#pipeline/agent';
import { createSenders } from '#pipeline/senders';
import { standingOf } from '#pipeline/standing';
import { createCatalogue } from '#store/catalogue';
import { dataFolders, openInstanceFiles } from '#store/files';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { createPurge, finishPurges, type Purge } from '#store/purge';
import { openDestinations, reportsFor, sendersIn } from './destinations.ts';
import { openCommitmentReports } from './commitment-reports.ts';
import { keepsUnder } from './keeping.ts';
import { viewOf, type Live } from './live.ts';
import type { MessageDoors } from './messages.ts';
import type { Catalogue } from './ports/archives.ts';
import type { Clock, Composer } from './ports.ts';
import { release } from './release.ts';
import { openShadow } from './shadow-model.ts';
import { checkRules, ruleTableOf } from './rule-table.ts';
import { watchFindings } from './watch-findings.ts';
import { openWorklists, type Worklists } from './worklists.ts';

/** What the story is told with, and the archive's catalogue. */
export interface Parts {
  readonly agent: Agent;
  readonly catalogue: Catalogue;
  /** What takes studies out of the archive. */
  readonly purge: Purge;
  /** Where archives' answers to requests to commit go. */
  readonly commitments: Commitments;
  readonly worklists: Worklists;
  close(): Promise<void>;
}

/** Of three megabytes each, at the size that EchoCLIP takes. */
const clipsRemembered = 2;

interface Opening {
  readonly clock: Clock;
  readonly publish: Publish;
  /** False for a look at another agent's data folder: nothing of it is changed. */
  readonly ownsFolder: boolean;
}

/** Opens the data folder, the readers and the models. */
export async function openParts(live: Live<Configuration>, opening: Opening): Promise<Parts> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    return await open(live, { ...opening, closers, close });
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function open(
  live: Live<Configuration>,
  { clock, publish, ownsFolder, closers, close }: Opening & { closers: (() => unknown)[]; close: () => Promise<void> },
): Promise<Parts> {
  const configuration = live.current();
  const { dataFolder, limits } = configuration;
  const database = openDatabase(dataFolders(dataFolder).archive, { readOnly: !ownsFolder });
  closers.push(() => database.close());
  const { archive } = dataFolders(dataFolder);
  if (ownsFolder) finishPurges(database, archive);
  const ledger = createLedger(database, clock, { ownsFolder });
  const reader = rememberClips(
    createClipReader({
      workers: limits.readers,
      timeLimitMs: limits.readerTimeMs,
      memoryLimitMb: limits.readerMemoryMb,
    }),
    clipsRemembered,
  );
  closers.push(reader.close);
  const commitments = createCommitments();
  const ask: MessageDoors['ask'] = (study) => standingOf(study, ledger);
  const destinations = openDestinations(live, { publish, commitments, sendersOf: sendersIn(ledger), ask, clock });
  closers.push(destinations.close);
  const worklists = openWorklists(live, { database, ledger, clock, publish });
  closers.push(worklists.close);
  const composers = openComposers({ timeLimitMs: limits.readerTimeMs, memoryLimitMb: limits.readerMemoryMb });
  closers.push(composers.close);
  const composer = followComposer(live, composers);
  const agent: Agent = {
    clock,
    publish,
    ledger,
    reader,
    files: await openInstanceFiles(
      viewOf(() => ({ dataFolder, ...live.current().limits })),
      clock,
      { ownsFolder },
    ),
    ...(await openModels(configuration, { publish, ownsFolder, closers })),
    get composer() {
      return composer.current();
    },
    get destinations() {
      return destinations.current();
    },
    get worklists() {
      return worklists.current();
    },
    commitments: openCommitmentReports(configuration, { publish, closers }),
    keeps: (instance) => keepsUnder(live.current().keeping, instance),
    senders: createSenders(),
    rules: () => ruleTableOf(live.current()),
    get settings() {
      return live.current().assessment;
    },
  };
  checkRules(configuration, agent.findings.definitions);
  live.follow((next) => {
    checkRules(next, agent.findings.definitions);
    return { apply: () => undefined };
  });
  const purge = createPurge(database, archive);
  return { agent, catalogue: createCatalogue(database), purge, commitments, worklists, close };
}

/** Which reports are written, and how, follows the results' settings and what destinations ask for. */
function followComposer(live: Live<Configuration>, composers: Composers): { current(): Composer } {
  const composerOf = ({ results, destinations }: Configuration) =>
    composers.of({
      ...results,
      softwareVersion: release.version,
      optionalReports: destinations.flatMap(reportsFor),
    });
  const state = { composer: composerOf(live.current()) };
  live.follow((next) => {
    const composer = composerOf(next);
    return { apply: () => void (state.composer = composer) };
  });
  return { current: () => state.composer };
}

async function openModels(
  configuration: Configuration,
  { publish, ownsFolder, closers }: Omit<Opening, 'clock'> & { closers: (() => unknown)[] },
): Promise<Pick<Agent, 'findings' | 'views' | 'shadow'>> {
  const { dataFolder, models } = configuration;
  const modelsFolder = modelsFolderOf({ dataFolder, models });
  const runtime = await openRuntime(models);
  closers.push(runtime.close);
  publish({ kind: 'provider-chosen', provider: runtime.provider, passedOver: runtime.passedOver });
  const forFindings = await provideModel({ id: models.findings, modelsFolder });
  const forViews = await provideModel({ id: models.views, modelsFolder });
  const { method, precision, channelOrder, gradients, viewScoreMin: scoreMin } = models;
  const definitions = await loadQuestions(models);
  const findings = await openEchoClip({
    folder: forFindings,
    runtime,
    method,
    precision,
    channelOrder,
    gradients,
    definitions,
  });
  if (models.findingsFolder !== undefined && ownsFolder) {
    const reload = async () => findings.ask(await loadQuestions(models));
    closers.push(watchFindings(models.findingsFolder, publish, reload).close);
  }
  return {
    findings,
    shadow: await openShadow(configuration, { runtime, definitions }),
    views: await openViewClassifier({ folder: forViews, runtime, scoreMin, precision }),
  };
}
