import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import type { WatchReport } from '#domain/watching';
import type { Observation, TransactionBundle } from '#outbound/fhir/resources';
import { readReport } from '#templates/read-report';
import { startMllpSink } from '#test/outbound/mllp-sink';
import { startSink, type Asked, type Behaviour } from '#test/outbound/sink';
import { apical, startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles } from '#test/support/demo-study';

// A study sent to the agent, and what those hear of it who are told by messages.

const folder = mkdtempSync(join(tmpdir(), 'apical-messages-'));
let study: string;
let agent: AgentProcess;
const sinks: { stop(): Promise<void> }[] = [];
let hook: Awaited<ReturnType<typeof startSink>>;
let fhir: Awaited<ReturnType<typeof startSink>>;
let unnamed: Awaited<ReturnType<typeof startSink>>;
let engine: Awaited<ReturnType<typeof startMllpSink>>;

const takes = ({ body }: Asked): Behaviour => {
  const entry = (JSON.parse(body) as TransactionBundle).entry.map(() => ({ response: { status: '201 Created' } }));
  return { status: 200, body: JSON.stringify({ resourceType: 'Bundle', entry }) };
};

beforeAll(async () => {
  const clip = (await demoStudyFiles(3)).find(({ name }) => name.endsWith('-a4c-b-mode.dcm'))!; // what a question may be asked of is enough
  study = clip.study;
  hook = await startSink(() => ({ status: hook.asked.length === 1 ? 503 : 204 }));
  fhir = await startSink(takes);
  unnamed = await startSink(() => ({ status: 204 }));
  engine = await startMllpSink((message) => {
    const [, id] = /^(?:[^|]*\|){9}([^|]*)/.exec(message) ?? [];
    return `MSH|^~\\&|RIS|H|A||20260105||ACK|9|P|2.5.1\rMSA|AE|${id}\rERR|||101\r`;
  });
  sinks.push(hook, fhir, unnamed, engine);
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 'a secret\n');
  agent = await startAgentProcess({
    models: { viewScoreMin: 0.2, shadow: { findings: 'phantom-echoclip', precision: 'fp16' } },
    assessment: { deliverPhantomResults: true },
    limits: { backOffFirstMs: 200, backOffMaxMs: 1000 },
    destinations: [
      { kind: 'webhook', name: 'hook', url: hook.url, secretFile },
      { kind: 'webhook', name: 'unnamed', url: unnamed.url, secretFile, onlyByRule: true },
      { kind: 'fhir', name: 'ehr', url: `${fhir.url}/r4`, onlyByRule: true, preliminary: false },
      { kind: 'hl7', name: 'engine', host: '127.0.0.1', port: engine.port, preliminary: false },
    ],
    triage: {
      rules: [
        {
          name: 'always',
          priority: 'MEDIUM',
          message: 'Echo laboratory',
          finding: 'left-ventricular-ejection-fraction',
          valueMin: 0,
          notify: ['ehr'],
        },
      ],
    },
  });
  const { signal } = new AbortController();
  // As long as its sender stays a study does not settle: there is time for an early word, however slow the machine is.
  const onSent = () =>
    until(async () => (hook.asked.length > 0 ? true : undefined), { seconds: 200, what: 'an early word' });
  await sendInstances({
    files: [clip],
    to: agent.dimse,
    callingAeTitle: 'PHANTOM',
    timeoutMs: 60_000,
    signal,
    onSent,
  });
}, 360_000);
afterAll(async () => {
  await agent?.kill('SIGKILL');
  for (const { stop } of sinks) await stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Detail {
  readonly documents: readonly {
    readonly sopInstance: string;
    readonly kind: string;
    readonly revision: number;
    readonly deliveries: readonly { readonly destination: string; readonly state: string }[];
  }[];
}

/** The documents, once nothing of the first revision waits. */
function settled(): Promise<Detail['documents']> {
  return until(
    async () => {
      const { documents } = (await (await fetch(new URL(`/api/studies/${study}`, agent.page))).json()) as Detail;
      const isDone = documents.every(({ deliveries }) => deliveries.every(({ state }) => state !== 'waiting'));
      return isDone && documents.some(({ revision }) => revision === 1) ? documents : undefined;
    },
    { seconds: 200, what: 'the end of every delivery' },
  );
}

async function readBack(sopInstance: string) {
  const address = new URL(`/dicom-web/instances?SOPInstanceUID=${sopInstance}`, agent.page);
  const [found] = (await (await fetch(address)).json()) as Record<string, { Value: string[] }>[];
  const series = found!['0020000E']!.Value[0]!;
  const metadata = new URL(
    `/dicom-web/studies/${study}/series/${series}/instances/${sopInstance}/metadata`,
    agent.page,
  );
  const [json] = (await (await fetch(metadata)).json()) as Parameters<typeof readReport>[0][];
  return readReport(json!);
}

test('each hears what it is to hear, once, with the values of the report in the archive', async () => {
  const documents = await settled();
  const states = documents.flatMap(({ kind, revision, deliveries }) =>
    deliveries.map(({ destination, state }) => `${kind} ${revision} ${destination} ${state}`),
  );
  expect(states.sort()).toEqual([
    'sr 0 hook delivered',
    'sr 1 ehr delivered',
    'sr 1 engine dead',
    'sr 1 hook delivered',
  ]);

  const bodies = hook.asked.map(
    ({ body }) => JSON.parse(body) as { status: string; answers: { value?: { number: number } }[] },
  );
  expect(bodies.map(({ status }) => status)).toEqual(['preliminary', 'preliminary', 'final']); // the first answer was 503
  expect(new Set(hook.asked.slice(0, 2).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(unnamed.asked).toEqual([]);

  const { groups } = await readBack(
    documents.find(({ kind, revision }) => kind === 'sr' && revision === 1)!.sopInstance,
  );
  const value = groups[0]!.measurements[0]!.value;
  expect(bodies.at(-1)!.answers[0]!.value!.number).toBe(value);
  const { entry } = JSON.parse(fhir.asked[0]!.body) as TransactionBundle;
  expect((entry[1]!.resource as Observation).valueQuantity!.value).toBe(value);
  expect(engine.received[0]).toContain(`|${value}|%^percent^UCUM`);
  expect(engine.received).toHaveLength(1);
  expect(agent.log()).not.toMatch(/PHANTOM\^|PHANTOM-3/);
}, 220_000);

test('a second model was asked the same, and only its disagreement is told', async () => {
  const { shadows } = await until(
    async () => {
      const report = (await (await fetch(new URL('/api/watch', agent.page))).json()) as WatchReport;
      return report.shadows.length > 0 ? report : undefined;
    },
    { seconds: 120, what: 'the second model' },
  );
  const { exitCode, stdout } = await apical('models', 'compare', '--data', agent.dataFolder, '--json');
  expect([exitCode, (JSON.parse(stdout) as { comparisons: unknown }).comparisons]).toEqual([0, shadows]);
  const [{ first, second, studies, findings }] = shadows as [(typeof shadows)[number]];
  expect([first.id, second.id, studies]).toEqual(['phantom-echoclip', 'phantom-echoclip', 1]);
  expect(second.digest).not.toBe(first.digest);
  const { mean } = findings.find(({ id }) => id === 'left-ventricular-ejection-fraction')!.similarity;
  expect(Math.abs(mean)).toBeLessThan(0.01); // half the digits, the same answer
  expect(findings.length).toBeGreaterThan(10);
}, 150_000);
