import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
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
import { associateRequest, data, echoCommand, hex, storeCommand } from '#test/dimse/raw-peer';
import { dimseSettings } from '#test/dimse/listening';
import { makeDicom } from '#test/support/make-dicom';
import { below, mutate, numbersOf, type Numbers } from './mutate.ts';
import { seeds } from './seeds.ts';
import { quietReceiving } from '#test/support/receiving';

export interface FuzzWish {
  readonly files: number;
  readonly associations: number;
  readonly seed: number;
  /** A folder of real files; it may be missing. */
  readonly corpus: string;
  /** Nothing more is begun after so long. */
  readonly secondsMax?: number;
  readonly tell?: (line: string) => void;
}

export interface FuzzOutcome {
  readonly files: number;
  readonly kept: number;
  readonly refused: number;
  readonly associations: number;
  readonly descriptorsGrown: number;
  readonly residentGrownMb: number;
  /** The slowest that a sound object was taken in meanwhile. */
  readonly soundMsMax: number;
  readonly broken: readonly string[];
}

/** Everything that an agent takes in with, in this process; only readers run on threads that can be killed. */
async function openTarget() {
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
  return {
    receive,
    reader,
    dataFolder,
    ledger,
    port: listener.port,
    async close() {
      await listener.close();
      await reader.close();
      ledger.close();
      await rm(dataFolder, { recursive: true });
    },
  };
}

type Target = Awaited<ReturnType<typeof openTarget>>;

/** Throws damaged files and associations at the doors, and looks whether they stand. */
export async function fuzz({
  files,
  associations,
  seed,
  corpus,
  secondsMax = Infinity,
  tell = () => undefined,
}: FuzzWish): Promise<FuzzOutcome> {
  const target = await openTarget();
  const broken: string[] = [];
  const onRejection = (reason: unknown) => void broken.push(`an unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  try {
    const numbers = numbersOf(seed);
    const samples = await seeds(corpus);
    const pick = () => samples[below(numbers, samples.length)]!;
    await takeFile(target, samples[1]!); // readers and decoders are loaded before anything is measured
    const before = { descriptors: (await readdir('/proc/self/fd')).length, resident: process.memoryUsage.rss() };
    const begun = performance.now();
    const within = (share: number) => performance.now() - begun < secondsMax * 1000 * share;
    const count = { files: 0, kept: 0, associations: 0, soundMsMax: 0 };
    const lookAfterSound = async () => {
      const begun = performance.now();
      const sound = makeDicom({
        study: '1.9',
        series: '1.9.1',
        sopInstance: `1.9.1.${count.files}.${count.associations}`,
        frames: [1],
      });
      if ((await takeFile(target, sound)) !== 'kept') broken.push('a sound object was refused');
      count.soundMsMax = Math.max(count.soundMsMax, performance.now() - begun);
    };
    for (; count.files < files && within(2 / 3); count.files += 1) {
      const outcome = await takeFile(target, mutate(pick(), numbers, pick()));
      if (outcome === 'kept') count.kept += 1;
      else if (outcome !== 'refused') broken.push(`file ${count.files} of seed ${seed}: ${outcome}`);
      if (count.files % 100 === 99) await lookAfterSound();
      if (count.files % 1000 === 999) tell(`${count.files + 1} files, ${count.kept} kept, ${broken.length} broken`);
    }
    for (; count.associations < associations && within(1); count.associations += 1) {
      const ended = await talk(target.port, mutatedTalk(numbers));
      if (!ended) broken.push(`association ${count.associations} of seed ${seed} was never ended`);
      if (count.associations % 100 === 99) await lookAfterSound();
      if (count.associations % 500 === 499) tell(`${count.associations + 1} associations, ${broken.length} broken`);
    }
    for (let look = 0; look < 50 && (await readdir('/proc/self/fd')).length > before.descriptors; look += 1)
      await sleep(100);
    const descriptorsGrown = (await readdir('/proc/self/fd')).length - before.descriptors;
    const residentGrownMb = Math.round((process.memoryUsage.rss() - before.resident) / 2 ** 20);
    return { ...count, refused: count.files - count.kept, descriptorsGrown, residentGrownMb, broken };
  } finally {
    process.off('unhandledRejection', onRejection);
    await target.close();
  }
}

const hangMs = 30_000;

/** Takes a file in as the doors do, and looks at its pixels as an assessment would. */
async function takeFile(target: Target, bytes: Buffer): Promise<string> {
  const outcome = await Promise.race([take(target, bytes), sleep(hangMs, 'it hangs', { ref: false })]);
  return outcome;
}

async function take({ receive, reader, ledger, dataFolder }: Target, bytes: Buffer): Promise<string> {
  try {
    const path = join(dataFolder, 'looked-at.dcm');
    await writeFile(path, bytes);
    await look(reader.frames(path, [0]));
    await look(reader.prepare(path, { frameIndices: [0, 1], size: 112 }));
    const reception = await receive({ kind: 'stow-rs', address: 'fuzz' });
    reception.sink.end(bytes);
    const { facts } = await reception.keep();
    return (await ledger.instance(facts.sopInstance)) ? 'kept' : 'it was kept without a row';
  } catch (thrown) {
    const { code, cause } = asAgentError(thrown);
    return code === 'UNEXPECTED' ? `an unexpected fault: ${String(cause)}` : 'refused';
  }
}

/** Pixels that cannot be decoded are no news; anything else is. */
async function look(looking: Promise<unknown>): Promise<void> {
  await looking.catch((thrown: unknown) => {
    const error = asAgentError(thrown);
    if (error.code === 'UNEXPECTED')
      throw new AgentError('UNEXPECTED', error.detail, { cause: error.cause ?? error.detail });
  });
}

/** What a fair sender says, damaged: units changed, left out, said twice or in another order. */
function mutatedTalk(numbers: Numbers): readonly Buffer[] {
  const file = makeDicom({ study: '1.8', series: '1.8.1', sopInstance: '1.8.1.1', frames: [1, 2] });
  const content = file.subarray(file.indexOf(hex('0800 0500 4353')));
  const units = [
    associateRequest(),
    data(1, 3, echoCommand(1)),
    data(3, 3, storeCommand(2, '1.8.1.1')),
    data(3, 0, content.subarray(0, 300)),
    data(3, 2, content.subarray(300)),
    hex('05 00 00000004 00000000'),
  ];
  const said = units.slice(0, 1 + below(numbers, units.length));
  for (let times = 1 + below(numbers, 3); times > 0; times -= 1) {
    const at = below(numbers, said.length);
    const other = units[below(numbers, units.length)]!;
    const kind = below(numbers, 6);
    if (kind === 0) said.splice(at, 1);
    else if (kind === 1) said.splice(at, 0, other);
    else if (said[at]) said[at] = mutate(said[at], numbers, other);
  }
  return said;
}

/** Says it, hears until the other side ends, and tells whether it did. */
async function talk(port: number, said: readonly Buffer[]): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
  socket.on('error', () => undefined).resume();
  for (const unit of said) socket.write(unit);
  socket.end();
  const isEnded = await Promise.race([closed, sleep(hangMs, false, { ref: false })]);
  socket.destroy();
  return isEnded;
}
