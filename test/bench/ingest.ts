import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { startAgentProcess } from '#test/support/agent-process';
import { makeDicom } from '#test/support/make-dicom';

// npm run bench:ingest -- --pairs 5 --instances 50 --megabytes 10
// npm run bench:ingest -- --pairs 1 --associations 4 --instances 800 --looks     (memory: four times 2 GB)
//
// The same storescu sends the same files to dcmtk's `storescp -od` (which syncs nothing and digests nothing) and to the agent
// (which syncs every instance, digests it, commits its row and reads its header before it answers), by turns, over one
// association and over eight; on one machine and file system, the senders included. One storescp takes one association after
// the other, so several are compared with `storescp --fork`, a process for each, too. Both are
// measured in service: each has received fifty other objects before, and begins as long after the files of the
// one before were removed, since a virtual machine may give back what was freed: who comes at once finds memory at hand.
// With --looks clips are looked at meanwhile, at a lower priority, as in real life; without, receiving alone is measured.

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    instances: { type: 'string', default: '50' },
    megabytes: { type: 'string', default: '10' },
    associations: { type: 'string', default: '1,8' },
    looks: { type: 'boolean', default: false },
  },
});
const [pairs, instances, megabytes] = [Number(values.pairs), Number(values.instances), Number(values.megabytes)];
const restMs = 5_000;
// A program that has just started is still being compiled where much passes.
const warmUps = 50;
const say = (line: string) => void process.stdout.write(`${line}\n`);
const run = promisify(execFile);
if (spawnSync('storescp', ['--version']).status !== 0) throw new Error('dcmtk is needed: storescp and storescu.');

const folder = await mkdtemp(join(tmpdir(), 'apical-bench-'));
try {
  const comparisons = values.associations.split(',').map(Number);
  const made = await makeFiles(join(folder, 'files'), instances + warmUps);
  for (const associations of comparisons) {
    for (const forks of associations > 1 ? [false, true] : [false]) {
      await compare({ files: made.slice(0, instances), warmUp: made.slice(instances) }, { associations, forks });
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Sent {
  readonly files: readonly string[];
  /** Sent before. */
  readonly warmUp: readonly string[];
}

interface Comparison {
  readonly associations: number;
  /** storescp has a process for each. */
  readonly forks: boolean;
}

async function compare(files: Sent, { associations, forks }: Comparison): Promise<void> {
  const name = forks ? 'storescp --fork' : 'storescp';
  const ratios: number[] = [];
  let residentMax = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const reference = () => toStoreScp(files, { associations, forks });
    const ours = () => toAgent(files, associations);
    // by turns, each first every other time
    const [first, second] = pair % 2 === 0 ? [reference, ours] : [ours, reference];
    const results = [await first(), await second()];
    const [theirs, agent] = pair % 2 === 0 ? results : results.toReversed();
    ratios.push(agent!.rate / theirs!.rate);
    residentMax = Math.max(residentMax, agent!.residentMb);
    say(
      `${associations} association(s), pair ${pair + 1}: ${name} ${theirs!.rate.toFixed(0)} MB/s, ` +
        `apical ${agent!.rate.toFixed(0)} MB/s, ratio ${ratios.at(-1)!.toFixed(2)}; ` +
        `apical resident ${agent!.residentBeforeMb} MB before, ${agent!.residentMb} MB at most`,
    );
  }
  const sorted = ratios.sort((a, b) => a - b);
  say(
    `${associations} association(s): median ratio apical/${name} ${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} ` +
      `(${sorted[0]!.toFixed(2)} to ${sorted.at(-1)!.toFixed(2)}), ${residentMax} MB resident at most`,
  );
}

interface Measured {
  readonly rate: number;
  readonly residentBeforeMb: number;
  readonly residentMb: number;
}

async function toAgent({ files, warmUp }: Sent, associations: number): Promise<Measured> {
  const dataFolder = join(folder, 'agent');
  const assessment = { quietPeriodMs: 3_600_000, ...(!values.looks && { framesMin: 1_000_000 }) };
  const agent = await startAgentProcess({ assessment, log: { level: 'warn' } }, { dataFolder });
  const residentBeforeMb = residentOf(agent.pid);
  const watch = watchResident(agent.pid);
  const to = { associations, port: agent.dimse.port, aeTitle: agent.dimse.aeTitle };
  await send(warmUp, to);
  await sleep(restMs);
  const rate = await send(files, to);
  const residentMb = watch.end();
  await agent.kill('SIGTERM');
  await rm(dataFolder, { recursive: true, force: true });
  return { rate, residentBeforeMb, residentMb };
}

async function toStoreScp({ files, warmUp }: Sent, { associations, forks }: Comparison): Promise<Measured> {
  const into = join(folder, 'storescp');
  await mkdir(into);
  const port = await freePort();
  const options = [...(forks ? ['--fork'] : []), '-od', into];
  const child = spawn('storescp', [...options, String(port)], { stdio: 'ignore' });
  while (!(await listens(port))) await sleep(20);
  const to = { associations, port, aeTitle: 'STORESCP' };
  await send(warmUp, to);
  await sleep(restMs);
  const rate = await send(files, to);
  child.kill('SIGKILL');
  const { length } = await readdir(into);
  const sent = warmUp.length + files.length;
  if (length !== sent) throw new Error(`storescp wrote ${length} files of ${sent}.`);
  await rm(into, { recursive: true, force: true });
  return { rate, residentBeforeMb: 0, residentMb: 0 };
}

/** Megabytes a second, from the first byte to the last success. */
async function send(
  files: readonly string[],
  { associations, port, aeTitle }: { associations: number; port: number; aeTitle: string },
): Promise<number> {
  const shares = Array.from({ length: associations }, (_, share) =>
    files.filter((_file, index) => index % associations === share),
  );
  // An association may wait for the one before it.
  const patience = ['--acse-timeout', '600'];
  const options = ['-xe', ...patience, '-aec', aeTitle, '--max-send-pdu', '131072', '127.0.0.1', String(port)];
  const begun = performance.now();
  await Promise.all(shares.map((share) => run('storescu', [...options, ...share])));
  return (files.length * megabytes) / ((performance.now() - begun) / 1000);
}

/** One object, patched: the same bytes but for its UID. */
async function makeFiles(into: string, count: number): Promise<readonly string[]> {
  await mkdir(into);
  const uidOf = (index: number) => `2.25.${1_000_000 + index}`;
  const [Rows, Columns] = [512, 512];
  const NumberOfFrames = Math.round((megabytes * 2 ** 20) / (Rows * Columns));
  const pixels = { SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', NumberOfFrames, Rows, Columns };
  const depth = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0, FrameTime: 33 };
  const PixelData = new Uint8Array(NumberOfFrames * Rows * Columns).map((_, at) => (at * 2654435761) >>> 24).buffer;
  const more = { ...pixels, ...depth, _vrMap: { PixelData: 'OB' }, PixelData };
  const object = makeDicom({ study: '2.25.1', series: '2.25.2', sopInstance: uidOf(0), more });
  const places: number[] = [];
  for (let at = object.indexOf(uidOf(0)); at >= 0; at = object.indexOf(uidOf(0), at + 1)) places.push(at);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    for (const at of places) object.write(uidOf(index), at, 'latin1');
    paths.push(join(into, `${index}.dcm`));
    await writeFile(paths.at(-1)!, object);
  }
  return paths;
}

function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

function watchResident(pid: number): { end(): number } {
  let most = 0;
  const look = () => (most = Math.max(most, residentOf(pid)));
  const timer = setInterval(look, 50);
  return {
    end() {
      clearInterval(timer);
      return look();
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  const answered = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return answered;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
