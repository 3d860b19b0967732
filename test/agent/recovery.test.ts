import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { demonstrate } from '#src/demonstration';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';

const dataFolder = mkdtempSync(join(tmpdir(), 'apical-recovery-'));
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }));

interface Listed {
  readonly study: string;
  readonly state: string;
}

async function listed({ page }: AgentProcess): Promise<readonly Listed[]> {
  const answer = await fetch(new URL('/api/studies', page), { headers: { Connection: 'close' } });
  return ((await answer.json()) as { studies: readonly Listed[] }).studies;
}

test('a study is finished, once, though the process is killed at every step of it', async () => {
  let agent = await startAgentProcess({}, { dataFolder });
  const { study } = await demonstrate({ seed: 3, to: agent.dimse });
  for (const step of ['"study-assessed"', '"document-written"', '"job-done"'] as const) {
    const { log } = agent;
    const isPast = async () => (await listed(agent)).some(({ state }) => state === 'assessed');
    await until(async () => (log().includes(step) || (await isPast()) ? true : undefined), {
      seconds: 120,
      what: step,
    });
    await agent.kill('SIGKILL');
    agent = await startAgentProcess({ log: { level: 'debug' } }, { dataFolder });
  }
  const state = async () => {
    const studies = await listed(agent);
    expect(studies.map((each) => each.study)).toEqual([study]);
    return studies[0]?.state === 'assessed' ? studies[0] : undefined;
  };
  await until(state, { seconds: 120, what: 'the study to be assessed' });
  const answer = await fetch(new URL(`/dicom-web/studies/${study}/instances?Modality=SR`, agent.page));
  expect((await answer.json()) as unknown[]).toHaveLength(2);
  const detail = (await (await fetch(new URL(`/api/studies/${study}`, agent.page))).json()) as {
    assessment: { revision: number };
  };
  expect(detail.assessment.revision).toBe(1);
  await agent.kill('SIGTERM');
}, 480_000);

test('a second agent on the same data folder is refused in one line', async () => {
  const agent = await startAgentProcess({}, { dataFolder });
  await expect(startAgentProcess({}, { dataFolder })).rejects.toThrow(/Another agent is running on this data folder/);
  await agent.kill('SIGTERM');
}, 60_000);
