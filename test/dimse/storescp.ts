import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** dcmtk's storescp with a folder of its own. */
export interface StoreScp {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** The files it wrote. */
  received(): Promise<readonly Buffer[]>;
  stop(): Promise<void>;
}

/** Starts storescp on a free port; `+B` lets it write the bytes of a data set as they came. */
export async function startStoreScp(...options: readonly string[]): Promise<StoreScp> {
  return startStoreScpAt(await freePort(), ...options);
}

/** The same on a port of the caller's choice. */
export async function startStoreScpAt(port: number, ...options: readonly string[]): Promise<StoreScp> {
  const folder = await mkdtemp(join(tmpdir(), 'storescp-'));
  const child = spawn('storescp', ['+B', '-od', folder, ...options, `${port}`], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; !(await listens(port)); attempt += 1) {
    if (child.exitCode !== null || attempt > 200) {
      await stop();
      throw new Error('storescp did not start');
    }
    await sleep(25);
  }
  return {
    aeTitle: 'STORESCP',
    host: '127.0.0.1',
    port,
    async received() {
      return Promise.all((await readdir(folder)).sort().map((name) => readFile(join(folder, name))));
    },
    stop,
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
