import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { makeDicom } from '#test/support/make-dicom';
import { testWith } from '#test/support/peers';

// The configuration is read again while an agent works: what was begun under the one before is ended under it.

const folder = mkdtempSync(join(tmpdir(), 'apical-reload-'));
let agent: AgentProcess;
let file: string;
beforeAll(async () => {
  const dataFolder = join(folder, 'data');
  file = `${dataFolder}.json`;
  agent = await startAgentProcess({ log: { level: 'info' }, assessment: { quietPeriodMs: 300 } }, { dataFolder });
}, 60_000);
afterAll(async () => {
  await agent.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

const count = (kind: string): number => agent.log().split(`"message":"configuration-${kind}"`).length - 1;

/** Changes the file, tells the agent, and resolves once it has said what it made of it. */
async function change(edit: (settings: Record<string, any>) => void, outcome: 'applied' | 'refused'): Promise<string> {
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, any>;
  edit(settings);
  const before = count(outcome);
  writeFileSync(file, JSON.stringify(settings));
  process.kill(agent.pid, 'SIGHUP');
  await until(async () => (count(outcome) > before ? true : undefined), { seconds: 20, what: outcome });
  return (
    agent
      .log()
      .split('\n')
      .findLast((line) => line.includes(`configuration-${outcome}`)) ?? ''
  );
}

const metric = async (name: string): Promise<string | undefined> =>
  new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(new URL('/metrics', agent.page))).text())?.[1];

function write(name: string): string {
  const path = join(folder, `${name}.dcm`);
  const uids = { study: `1.2.7.${name}`, series: `1.2.7.${name}.1`, sopInstance: `1.2.7.${name}.1.1` };
  writeFileSync(path, makeDicom({ ...uids, frames: Array<number>(20_000).fill(9) })); // 320 kB, more than one PDU
  return path;
}

async function statusFor(callingAeTitle: string, name: string): Promise<number | undefined> {
  const path = write(name);
  const sopInstance = `1.2.7.${name}.1.1`;
  const files = [{ path, sopInstance, sopClass: '1.2.840.10008.5.1.4.1.1.3.1', transferSyntax: '1.2.840.10008.1.2.1' }];
  const signal = AbortSignal.timeout(20_000);
  const sent = sendInstances({ files, to: agent.dimse, callingAeTitle, timeoutMs: 20_000, signal });
  return (await sent.catch(() => []))[0]?.status;
}

/** Hands on what is said, but keeps back what comes after so many bytes until it may go on. */
async function startHoldingProxy(port: number, holdAfter: number) {
  const reached = Promise.withResolvers<void>();
  const open = new Set<Socket>();
  let [passed, isHolding] = [0, true];
  const server = createServer((client) => {
    const target = createConnection({ host: '127.0.0.1', port });
    for (const each of [client, target]) open.add(each.on('error', () => each.destroy()));
    client.on('data', (chunk: Buffer) => {
      target.write(chunk);
      passed += chunk.length;
      if (isHolding && passed >= holdAfter) {
        client.pause();
        reached.resolve();
      }
    });
    client.on('end', () => target.end());
    target.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached: reached.promise,
    goOn() {
      isHolding = false;
      for (const socket of open) socket.resume();
    },
    stop() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

testWith(
  ['storescu'],
  'an object half sent by storescu is kept, though meanwhile its sender is no longer among those who may call',
  async () => {
    const proxy = await startHoldingProxy(agent.dimse.port, 100_000);
    const sending = spawn('storescu', ['-aet', 'ECHO1', '-aec', 'APICAL', '127.0.0.1', String(proxy.port), write('1')]);
    const ended = once(sending, 'close');
    try {
      await proxy.reached;
      const said = await change((settings) => {
        settings['dimse'].callingAeTitles = ['ECHO2'];
        settings['dimse'].port = 104;
        settings['log'].level = 'debug';
      }, 'applied');
      expect(JSON.parse(said)).toMatchObject({
        changed: expect.arrayContaining(['dimse.callingAeTitles', 'log.level']),
        needRestart: ['dimse.port'],
      });
      proxy.goOn();
      expect(await ended).toEqual([0, null]);
      await until(async () => (agent.log().includes('"instance-kept"') ? true : undefined), { what: 'the object' });
      expect(agent.log()).not.toContain('association-aborted');
    } finally {
      proxy.stop();
      sending.kill();
    }
  },
  60_000,
);

test('who may call is who may call now, and what waits for a restart is shown', async () => {
  await change((settings) => {
    settings['dimse'] = { port: 104, callingAeTitles: ['ECHO2'] };
  }, 'applied');
  expect(await statusFor('ECHO1', '2')).toBeUndefined();
  expect(await statusFor('ECHO2', '3')).toBe(0);
  expect(await metric('apical_configuration_waits_for_restart')).toBe('1');
  const { parts } = (await (await fetch(new URL('/ready', agent.page))).json()) as {
    parts: { name: string; ok: boolean; detail: string }[];
  };
  expect(parts).toContainEqual({ name: 'configuration', ok: true, detail: 'wait for a restart: dimse.port' });
}, 60_000);

test('a limit holds at once, and its metric with it', async () => {
  await change((settings) => (settings['limits'] = { instanceBytesMax: 1000 }), 'applied');
  expect(await statusFor('ECHO2', '4')).toBe(0xa700);
  expect(await metric('apical_limit{name="limits.instanceBytesMax"}'.replace(/[{}"]/g, '\\$&'))).toBe('1000');
  await change((settings) => delete settings['limits'], 'applied');
  expect(await statusFor('ECHO2', '4')).toBe(0);
}, 60_000);

test('a wrong configuration leaves the one before, in one line that says what is wrong and where', async () => {
  const said = await change((settings) => {
    settings['destinations'] = [{ kind: 'c-store', name: 'pacs', aeTitle: 'PACS', host: 'h', port: 'many' }];
    settings['dimse'].callingAeTitles = [];
  }, 'refused');
  expect(JSON.parse(said)).toMatchObject({ level: 'error', detail: expect.stringContaining('destinations.0.port') });
  expect(await metric('apical_configuration_refused')).toBe('1');
  expect(await statusFor('ECHO1', '5')).toBeUndefined();
  await change((settings) => (settings['destinations'] = []), 'applied');
  expect(await metric('apical_configuration_refused')).toBe('0');
  expect(await statusFor('ECHO1', '5')).toBe(0);
}, 60_000);

test('a destination whose secret cannot be read is refused as a whole', async () => {
  const said = await change((settings) => {
    settings['destinations'] = [
      {
        kind: 'stow-rs',
        name: 'pacs',
        url: 'http://127.0.0.1:1/dicom-web',
        auth: { kind: 'basic', user: 'u', passwordFile: join(folder, 'nowhere') },
      },
    ];
  }, 'refused');
  expect(said).toContain('nowhere cannot be read');
  const about = (await (await fetch(new URL('/api/about', agent.page))).json()) as { destinations: readonly string[] };
  expect(about.destinations).toEqual([]);
}, 60_000);

test('a destination that is added is sent what is written from now on', async () => {
  const asked = Promise.withResolvers<string>();
  const { createServer: createHttpServer } = await import('node:http');
  const archive = createHttpServer((request, response) => {
    asked.resolve(request.url ?? '');
    request.resume().on('end', () => response.writeHead(503).end());
  }).listen(0, '127.0.0.1');
  await once(archive, 'listening');
  const { port } = archive.address() as AddressInfo;
  try {
    await change((settings) => {
      settings['destinations'] = [{ kind: 'stow-rs', name: 'pacs', url: `http://127.0.0.1:${port}/dicom-web` }];
      settings['assessment'].deliverPhantomResults = true;
    }, 'applied');
    expect(await statusFor('ECHO1', '6')).toBe(0);
    expect(await asked.promise).toMatch(/^\/dicom-web\/studies/);
  } finally {
    archive.closeAllConnections();
    archive.close();
  }
}, 90_000);
