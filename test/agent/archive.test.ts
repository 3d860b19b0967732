import { afterAll, beforeAll, expect } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles } from '#test/support/demo-study';
import { startOrthanc } from '#test/support/orthanc';
import { hasProgram, testWith } from '#test/support/peers';

// A hospital's archive at both ends: studies are found in it, results are stored in it, by both protocols.

let orthanc: Awaited<ReturnType<typeof startOrthanc>> | undefined;
let agent: AgentProcess | undefined;
let studyDate = '';

beforeAll(async () => {
  if (!hasProgram('Orthanc')) return;
  orthanc = await startOrthanc();
  for (const { path } of await demoStudyFiles(3)) await orthanc.put(await readFile(path));
  const [found] = await qido('studies');
  studyDate = String(found?.['00080020']?.Value?.[0]);
  agent = await startAgentProcess({
    archives: [
      { name: 'orthanc', url: orthanc.dicomWebUrl, schedule: '*/2 * * * * *', lookbackDays: daysSince(studyDate) },
    ],
    destinations: [
      { kind: 'stow-rs', name: 'by web', url: orthanc.dicomWebUrl },
      { kind: 'c-store', name: 'by network', aeTitle: orthanc.aeTitle, host: '127.0.0.1', port: orthanc.dicomPort },
    ],
    assessment: { deliverPhantomResults: true, quietPeriodMs: 3000 },
  });
}, 240_000);
afterAll(async () => {
  await agent?.kill('SIGTERM');
  await orthanc?.stop();
});

type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

async function qido(resource: string): Promise<readonly Dataset[]> {
  const answer = await fetch(`${orthanc!.dicomWebUrl}/${resource}`);
  return answer.status === 204 ? [] : ((await answer.json()) as Dataset[]);
}

testWith(
  ['Orthanc'],
  'a study found in the archive comes back to it with its results, once',
  async () => {
    const modalities = async () =>
      (await qido('instances?includefield=00080060')).map((found) => found['00080060']?.Value?.[0]);
    const before = (await modalities()).filter((modality) => modality === 'US').length;
    await until(
      async () => ((await modalities()).filter((modality) => modality === 'SR').length >= 2 ? true : undefined),
      {
        seconds: 200,
        what: 'the reports in the archive',
      },
    );
    const detail = await until(async () => {
      const { studies } = (await (await fetch(new URL('/api/studies', agent!.page))).json()) as {
        studies: { study: string }[];
      };
      const answer = await fetch(new URL(`/api/studies/${studies[0]!.study}`, agent!.page));
      const read = (await answer.json()) as { documents: { deliveries: { destination: string; state: string }[] }[] };
      const states = read.documents.flatMap(({ deliveries }) => deliveries.map(({ state }) => state));
      return states.length > 0 && states.every((state) => state === 'delivered') ? read : undefined;
    });
    const named = new Set(
      detail.documents.flatMap(({ deliveries }) => deliveries.map(({ destination }) => destination)),
    );
    expect(named).toEqual(new Set(['by web', 'by network']));
    const after = await modalities();
    expect(after.filter((modality) => modality === 'US')).toHaveLength(before);
    expect(after).toHaveLength(before + detail.documents.length);
  },
  300_000,
);

function daysSince(date: string): number {
  const at = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
  return Math.ceil((Date.now() - at) / 86_400_000) + 2;
}
