import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const launch = join(import.meta.dirname, '..', '..', 'src', 'cli', 'launch.mjs');

/** What a command came to. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `apical …` to its end. */
export function apical(...args: readonly string[]): Promise<Ended> {
  return apicalIn({}, ...args);
}

/** The same with further variables in its environment. */
export async function apicalIn(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ended> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [launch, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out?.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err?.push(chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout: out?.join('') ?? '', stderr: err?.join('') ?? '' };
}

/** An agent in a process of its own, as an administrator runs it. */
export interface AgentProcess {
  readonly dimse: { readonly aeTitle: string; readonly host: string; readonly port: number };
  readonly page: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** The log so far. */
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `apical start` on free ports; resolves when it is ready. */
export async function startAgentProcess(
  configuration: Readonly<Record<string, unknown>> = {},
  { dataFolder, command = ['start'] }: { dataFolder?: string; command?: readonly string[] } = {},
): Promise<AgentProcess> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'apical-agent-')));
  const file = `${folder}.json`; // JSON is YAML
  const assessment = { quietPeriodMs: 1000, ...(configuration['assessment'] as object | undefined) };
  const settings = { dataFolder: folder, dimse: { port: 0 }, http: { port: 0 }, ...configuration, assessment };
  await writeFile(file, JSON.stringify(settings));
  const child = spawn(process.execPath, [launch, ...command, '--config', file, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let [out, log] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!out.includes('\n')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the agent did not start: ${out} ${log}`);
    await sleep(50);
  }
  const ready = JSON.parse(out) as Pick<AgentProcess, 'dimse' | 'page'> & {
    readonly error?: { readonly message: string };
  };
  if (ready.error) throw new Error(`the agent did not start: ${ready.error.message}`);
  return {
    ...ready,
    dataFolder: folder,
    pid: child.pid!,
    log: () => log,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

/** Asks until the answer is there. Throws after the time is over, with the last answer. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  { seconds = 60, what = 'an answer' }: { seconds?: number; what?: string } = {},
): Promise<T> {
  for (let left = seconds * 10; left > 0; left -= 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error(`waited ${seconds} s for ${what}`);
}
