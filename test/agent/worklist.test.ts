import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readHeader } from '#dicom/header';
import { sendInstances, type FileToSend } from '#dimse/storage-scu';
import { makeDemoStudy } from '#models/phantom/demo-study';
import { startAgentProcess, type AgentProcess } from '#test/support/agent-process';
import { openEventChannel, watchWorklist, type Listener } from '#test/support/worklist-events';

// The whole agent, as a subscriber to its worklist sees it: from the first clip to the documents.

const folder = mkdtempSync(join(tmpdir(), 'apical-worklist-'));
const files: (FileToSend & { readonly study: string })[] = [];
const agents: AgentProcess[] = [];
const watchers: Listener[] = [];

beforeAll(async () => {
  for await (const { name, bytes } of makeDemoStudy({ seed: 3 })) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    files.push({ path, ...readHeader(path) });
  }
}, 60_000);
afterAll(async () => {
  for (const watcher of watchers) await watcher.close();
  for (const agent of agents) await agent.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const serviceOf = (agent: AgentProcess) => `${agent.page.replace(/\/$/, '')}/dicom-web`;

async function start(name: string, more: object = {}): Promise<AgentProcess> {
  const settings = { models: { viewScoreMin: 0.2 }, assessment: { quietPeriodMs: 1500 }, ...more };
  const agent = await startAgentProcess(settings, { dataFolder: join(folder, name) });
  agents.push(agent);
  return agent;
}

async function watch(agent: AgentProcess): Promise<Listener> {
  const watcher = await watchWorklist(serviceOf(agent), 'READER');
  watchers.push(watcher);
  return watcher;
}

test('a study is on our worklist and on another manager’s, from its first clip to its documents', async () => {
  const manager = await start('manager');
  const theirs = await watch(manager);
  const agent = await start('agent', { worklists: [{ name: 'manager', url: serviceOf(manager) }] });
  const ours = await watch(agent);
  const { signal } = new AbortController();
  await sendInstances({ files, to: agent.dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal });

  for (const [watcher, service] of [
    [ours, serviceOf(agent)],
    [theirs, serviceOf(manager)],
  ] as const) {
    const { uid } = await watcher.next(({ state }) => state === 'SCHEDULED');
    await watcher.next((report) => report.uid === uid && report.state === 'IN PROGRESS');
    const early = await watcher.next((report) => report.uid === uid && report.type === 'progress');
    expect(early.description).toMatch(/For research use only\.$/);
    await watcher.next((report) => report.uid === uid && report.state === 'COMPLETED');
    const step = (await (await fetch(`${service}/workitems/${uid}`)).json()) as Record<string, any>;
    const outputs = step['00741216'].Value[0]['00404033'].Value as Record<string, any>[];
    expect(outputs.length).toBeGreaterThan(2);
    for (const output of outputs) {
      const url: string = output['0040E025'].Value[0]['00081190'].Value[0];
      const stored = (await (await fetch(`${url}/metadata`)).json()) as Record<string, any>[];
      expect(stored.map((each) => each['00080018'].Value[0]).toSorted()).toEqual(
        output['00081199'].Value.map((each: any) => each['00081155'].Value[0]).toSorted(),
      );
    }
  }
}, 120_000);

test('a subscription outlives the process; whoever comes again is told that we began anew', async () => {
  const agent = agents.at(-1)!;
  await agent.kill('SIGKILL');
  const again = await start('agent');
  const watcher = await openEventChannel(serviceOf(again), 'READER');
  watchers.push(watcher);
  expect((await watcher.next()).dataset['00741242']?.Value).toEqual(['RESTARTED']);
  const found = (await (await fetch(`${serviceOf(again)}/workitems?ProcedureStepState=COMPLETED`)).json()) as Record<
    string,
    any
  >[];
  const uid: string = found[0]!['00080018'].Value[0];
  const answer = await fetch(`${serviceOf(again)}/workitems/${uid}/subscribers/READER`, { method: 'DELETE' });
  expect(answer.status).toBe(200);
}, 60_000);
