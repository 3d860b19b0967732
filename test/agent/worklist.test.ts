import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles } from '#test/support/demo-study';
import { openEventChannel, watchWorklist, type Listener } from '#test/support/worklist-events';

// The whole agent, as a subscriber to its worklist sees it: from the first clip to the documents.

const folder = mkdtempSync(join(tmpdir(), 'apical-worklist-'));
const agents: AgentProcess[] = [];
const watchers: Listener[] = [];

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
  const files = await demoStudyFiles(3);
  const { signal } = new AbortController();
  // As long as its sender stays a study does not settle: there is time for an early word, however slow the machine is.
  const isEarlyHeard = () => [ours, theirs].every(({ reports }) => reports.some(({ type }) => type === 'progress'));
  const onSent = async (index: number) => {
    if (index === files.length - 1)
      await until(async () => (isEarlyHeard() ? true : undefined), { seconds: 200, what: 'the early word' });
  };
  await sendInstances({ files, to: agent.dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal, onSent });

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
}, 360_000);

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
}, 120_000);
