import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import { parsePollRecord } from '#pipeline/polling/poll-record';
import type { Ledger } from '#src/ports/ledger';
import { dataFolders } from '#store/files';
import { startAgentProcess, type AgentProcess } from '#test/support/agent-process';
import { isFinished, openLedger } from './ledger-of.ts';
import { moments } from './moments.ts';
import { startReceiver, type Receiver } from './receiver.ts';
import { createSamples, dataSetOf, type Sample } from './sample.ts';
import { sendByStorescu, sendByStow, sendOurselves } from './sending.ts';
import { cpuMsOf } from './start-up.ts';
import { startWatched, type Watched } from './watched.ts';

export interface KillWish {
  readonly rounds: number;
  /** No further round begins after so long; what was begun is finished and judged. */
  readonly secondsMax?: number;
  /** Whether storescu is at hand. */
  readonly withStorescu: boolean;
  readonly tell?: (line: string) => void;
}

/** What the rounds came to. */
export interface KillOutcome {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly studies: number;
  readonly documents: number;
  /** Documents that reached the archive more than once, with the same bytes: the process died between delivery and commit. */
  readonly deliveredAgain: number;
  readonly startMs: readonly number[];
  /** Processor time of each start, which a busy machine does not stretch; empty where the system does not tell. */
  readonly startCpuMs: readonly number[];
  /** Everything that was not as promised; empty when all is well. */
  readonly broken: readonly string[];
}

/** Kills an agent at work again and again, then lets it finish, and compares what it holds with what it promised. */
export async function killRounds({
  rounds,
  secondsMax = Infinity,
  withStorescu,
  tell = () => undefined,
}: KillWish): Promise<KillOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'apical-kill-'));
  const receiver = await startReceiver();
  const watched = await startWatched();
  try {
    const begun = performance.now();
    const samplesOf = await createSamples(join(folder, 'samples'), folder);
    const work: Work = {
      dataFolder: join(folder, 'data'),
      receiver,
      watched,
      fetched: new Map(),
      samples: [],
      acknowledged: new Set(),
      startMs: [],
      startCpuMs: [],
      broken: [],
    };
    let round = 0;
    for (; round < rounds && performance.now() - begun < secondsMax * 1000; round += 1) {
      const made = await samplesOf(round);
      work.samples.push(...made);
      await watched.hold(made.filter(({ by }) => by === 'poll'));
      const line = await killOnce(work, { round, withStorescu });
      tell(`round ${round + 1}: ${line}`);
    }
    return { rounds: round, ...(await finish(work)) };
  } finally {
    await receiver.close();
    await watched.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const watchedName = 'watched';

interface Work {
  readonly dataFolder: string;
  readonly receiver: Receiver;
  readonly watched: Watched;
  /** How often an object had been fetched from there when it was first seen to be held. */
  readonly fetched: Map<string, number>;
  readonly samples: Sample[];
  /** SOP Instance UIDs to which success was answered. */
  readonly acknowledged: Set<string>;
  readonly startMs: number[];
  readonly startCpuMs: number[];
  readonly broken: string[];
}

async function start({ dataFolder, receiver, watched, startMs, startCpuMs }: Work): Promise<AgentProcess> {
  const begun = performance.now();
  const destination = { kind: 'c-store', name: 'archive', aeTitle: 'ARCHIVE', host: '127.0.0.1', port: receiver.port };
  const agent = await startAgentProcess(
    {
      log: { level: 'debug' },
      destinations: [destination],
      archives: [{ name: watchedName, url: watched.url, schedule: '* * * * * *', lookbackDays: 36_500 }],
      assessment: { quietPeriodMs: 700, deliverPhantomResults: true },
      limits: { backOffFirstMs: 200, freeBytesMin: 1 },
    },
    { dataFolder },
  );
  startMs.push(Math.round(performance.now() - begun));
  const cpuMs = cpuMsOf(agent.pid);
  if (cpuMs !== undefined) startCpuMs.push(cpuMs);
  return agent;
}

/** Unacknowledged objects of earlier rounds are sent again with the new ones, as a modality does. */
async function killOnce(
  work: Work,
  { round, withStorescu }: { round: number; withStorescu: boolean },
): Promise<string> {
  const agent = await start(work);
  const { name, wait } = moments[round % moments.length]!;
  const over = new AbortController();
  const before = work.acknowledged.size;
  const moment = wait(agent, over.signal);
  const sent = sendAll(work, agent, withStorescu);
  await moment;
  const killedAt = performance.now();
  await agent.kill('SIGKILL');
  over.abort();
  await sent;
  await checkPromises(work);
  const acknowledged = work.acknowledged.size - before;
  return `killed when ${name}; ${acknowledged} acknowledged; started in ${work.startMs.at(-1)} ms (${Math.round(performance.now() - killedAt)} ms to look)`;
}

async function sendAll({ samples, acknowledged }: Work, agent: AgentProcess, withStorescu: boolean): Promise<void> {
  const unheard = samples.filter(({ sopInstance }) => !acknowledged.has(sopInstance));
  const open = unheard.filter(({ by }) => by === 'c-store');
  const heard = ({ sopInstance }: Sample) => void acknowledged.add(sopInstance);
  const jpeg = open.filter(({ transferSyntax }) => transferSyntax.endsWith('.4.50'));
  const plain = open.filter((sample) => !jpeg.includes(sample));
  const shares = [jpeg, plain.filter((_, index) => index % 2 === 0), plain.filter((_, index) => index % 2 === 1)];
  const stored = shares.map(async (share, index) => {
    const send = withStorescu && index > 0 && index % 2 === 0 ? sendByStorescu : sendOurselves;
    if (share.length > 0) await send(share, agent.dimse, heard);
  });
  const byStow = unheard.filter(({ by }) => by === 'stow-rs');
  await Promise.all([...stored, sendByStow(byStow, agent.page, heard)]);
}

/** What was acknowledged is in the ledger, and its file holds its bytes; so is what a checkpoint says was taken. */
async function checkPromises({ dataFolder, samples, acknowledged, broken, watched, fetched }: Work): Promise<void> {
  await using open = openLedger(dataFolder);
  const taken = parsePollRecord(await open.ledger.checkpoint(`poll ${watchedName}`));
  for (const { by, study, sopInstance } of samples) {
    if (by === 'poll' && (taken[study]?.counts ?? '') !== '') acknowledged.add(sopInstance);
    // What we hold is not fetched again; until then each kill may cost one more.
    const times = watched.fetched.get(sopInstance) ?? 0;
    const known = fetched.get(sopInstance);
    if (known !== undefined && times > known) broken.push(`${sopInstance} was held, and fetched again`);
    else if (by === 'poll' && (await open.ledger.holds(sopInstance))) fetched.set(sopInstance, times);
  }
  for (const sample of samples.filter(({ sopInstance }) => acknowledged.has(sopInstance))) {
    const instance = await open.ledger.instance(sample.sopInstance);
    const fault = instance ? await faultOf(dataFolder, instance, sample) : 'is not in the ledger';
    if (fault) broken.push(`${sample.sopInstance} was acknowledged and ${fault}`);
  }
}

async function faultOf(dataFolder: string, instance: Instance, { dataSet }: Sample): Promise<string | undefined> {
  const file = await readFile(join(dataFolders(dataFolder).archive, instance.file)).catch(() => undefined);
  if (!file) return 'has no file';
  if (createHash('sha256').update(file).digest('hex') !== instance.sha256) return 'its file is another one';
  return dataSetOf(file).equals(dataSet) ? undefined : 'its data set is another one';
}

/** Nobody dies any more: all is sent, every study is finished, and everything is held against everything. */
async function finish(work: Work): Promise<Omit<KillOutcome, 'rounds'>> {
  const { dataFolder, samples, acknowledged, receiver, broken, startMs, startCpuMs } = work;
  const agent = await start(work);
  await sendAll(work, agent, false);
  if (!(await isFinished(work))) broken.push('some studies were never finished');
  await agent.kill('SIGTERM');
  await checkPromises(work);
  const missing = samples.filter(({ sopInstance }) => !acknowledged.has(sopInstance));
  broken.push(...missing.map(({ sopInstance, by }) => `${sopInstance} was never acknowledged (${by})`));
  const studies = new Set(samples.map(({ study }) => study as StudyUid));
  let documents = 0;
  await using open = openLedger(dataFolder);
  for (const study of studies) documents += await judgeStudy(study, open.ledger, work);
  const deliveredAgain = [...receiver.received.values()].filter((digests) => digests.length > 1).length;
  const counted = { acknowledged: acknowledged.size, studies: studies.size, documents, deliveredAgain };
  return { ...counted, startMs, startCpuMs, broken };
}

/** One set of results for each revision, the last over every source, each document delivered with the same bytes. */
async function judgeStudy(study: StudyUid, ledger: Ledger, { receiver, broken, samples }: Work): Promise<number> {
  const say = (fault: string) => void broken.push(`study ${study}: ${fault}`);
  const state = (await ledger.study(study))?.state;
  if (state?.kind !== 'assessed') say(`ended as ${state?.kind}`);
  const documents = await ledger.documents(study);
  const last = (await ledger.assessment(study))?.revision ?? 0;
  const objects = samples.filter((sample) => sample.study === study).length;
  if (last < 1 || last > objects) say(`has ${last} revisions of ${objects} objects`);
  for (let revision = 1; revision <= last; revision += 1) {
    const kinds = documents.filter((document) => document.revision === revision).map(({ kind }) => kind);
    for (const kind of ['sr', 'text-sr']) {
      const count = kinds.filter((each) => each === kind).length;
      if (count !== 1) say(`revision ${revision} has ${count} documents of kind ${kind}`);
    }
  }
  const results = (await ledger.instances(study, 'result')).map(({ facts }) => facts.sopInstance);
  if (results.length !== documents.length) say(`${results.length} results and ${documents.length} documents`);
  const deliveries = await ledger.deliveries(study);
  for (const { sopInstance } of documents) {
    const delivered = deliveries.filter(({ document }) => document === sopInstance).map((delivery) => delivery.state);
    if (delivered.join() !== 'delivered') say(`document ${sopInstance} is ${delivered.join() || 'not delivered'}`);
    const contents = new Set(receiver.received.get(sopInstance));
    if (contents.size !== 1) say(`document ${sopInstance} reached the archive with ${contents.size} contents`);
  }
  return documents.length;
}
