import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles, type DemoFile } from '#test/support/demo-study';
import { freePort, startOrthanc } from '#test/support/orthanc';
import { hasProgram, testWith } from '#test/support/peers';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';

// Whatever happens, an archive ends with exactly one set of results.

const folder = mkdtempSync(join(tmpdir(), 'apical-delivery-'));
let files: readonly DemoFile[] = [];
let orthanc: Awaited<ReturnType<typeof startOrthanc>>;
let agentPort: number;
let agent: AgentProcess | undefined;
let proxies: readonly CuttingProxy[] = [];

beforeAll(async () => {
  if (!hasProgram('Orthanc')) return;
  agentPort = await freePort();
  orthanc = await startOrthanc({ modalities: { apical: ['APICAL', '127.0.0.1', agentPort] } });
  files = await demoStudyFiles(3);
}, 240_000);
afterAll(async () => {
  await agent?.kill('SIGKILL');
  for (const { stop } of proxies) await stop();
  await orthanc?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function startAgent(dataFolder: string, ports: { dicom: number; http: number }): Promise<AgentProcess> {
  const patience = { backOffFirstMs: 200, backOffMaxMs: 1000, leaseMs: 5000 };
  return startAgentProcess(
    {
      dimse: { port: agentPort },
      models: { viewScoreMin: 0.2 },
      assessment: { deliverPhantomResults: true },
      limits: patience,
      destinations: [
        {
          kind: 'c-store',
          name: 'by network',
          aeTitle: 'ORTHANC',
          host: '127.0.0.1',
          port: ports.dicom,
          commitment: true,
          reports: ['measurement', 'text', 'echo'],
        },
        { kind: 'stow-rs', name: 'by web', url: `http://127.0.0.1:${ports.http}/dicom-web`, readBack: true },
      ],
    },
    { dataFolder },
  );
}

async function send(agent: AgentProcess): Promise<void> {
  const { signal } = new AbortController();
  await sendInstances({ files, to: agent.dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal });
}

interface Detail {
  readonly documents: readonly {
    readonly sopInstance: string;
    readonly deliveries: readonly { readonly destination: string; readonly state: string }[];
  }[];
}

/** The documents, once each is with every destination that wants it. */
function delivered(agent: AgentProcess): Promise<Detail['documents']> {
  const study = files[0]!.study;
  return until(
    async () => {
      const answer = await fetch(new URL(`/api/studies/${study}`, agent.page), { headers: { Connection: 'close' } });
      const { documents } = (await answer.json()) as Detail;
      const states = (documents ?? []).flatMap(({ deliveries }) => deliveries.map(({ state }) => state));
      return states.length > 0 && states.every((state) => state === 'delivered') ? documents : undefined;
    },
    { seconds: 240, what: 'every delivery' },
  );
}

async function inOrthanc(): Promise<readonly string[]> {
  const answer = await fetch(`${orthanc.url}/instances?expand`, { headers: { Connection: 'close' } });
  const instances = (await answer.json()) as { MainDicomTags: { SOPInstanceUID: string } }[];
  return instances.map(({ MainDicomTags }) => MainDicomTags.SOPInstanceUID).sort();
}

testWith(
  ['Orthanc'],
  'a study sent five times, and an agent that dies after each kind of delivery before it hears of it, leave one set of results',
  async () => {
    const dataFolder = join(folder, 'agent');
    proxies = [
      await startCuttingProxy(orthanc.dicomPort, (answer) => answer[0] === 0x04), // a P-DATA-TF: the C-STORE response
      await startCuttingProxy(portOf(orthanc.url), (answer) => answer.toString('latin1', 0, 12) === 'HTTP/1.1 200'),
    ];
    const ports = { dicom: proxies[0]!.port, http: proxies[1]!.port };
    agent = await startAgent(dataFolder, ports);
    for (let time = 1; time <= 3; time += 1) await send(agent);
    for (const { isCut } of proxies) {
      await until(async () => (isCut() ? true : undefined), { seconds: 200, what: 'an answer that was kept back' });
      await agent.kill('SIGKILL');
      agent = await startAgent(dataFolder, ports);
    }
    for (let time = 4; time <= 5; time += 1) await send(agent);
    const documents = await delivered(agent);
    await agent.kill('SIGTERM');

    const by = (destination: string) =>
      documents.filter(({ deliveries }) => deliveries.some((each) => each.destination === destination)).length;
    expect([by('by network'), by('by web')]).toEqual([documents.length, documents.length - 1]); // but the echo report
    expect(documents.length).toBeGreaterThanOrEqual(5);
    expect(await inOrthanc()).toEqual(documents.map(({ sopInstance }) => sopInstance).sort());
  },
  720_000,
);

const portOf = (url: string): number => Number(new URL(url).port);
