import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apical } from '#test/support/agent-process';
import { testWith } from '#test/support/peers';
import { validate } from '#test/support/validate';

// The demonstration is the main job from end to end: what a newcomer sees first must be whole.

interface Demo {
  readonly study: string;
  readonly page: string;
  readonly phantomOnly: boolean;
  readonly findings: readonly {
    readonly id: string;
    readonly kind: string;
    readonly title: string;
    readonly text: string;
  }[];
  readonly results: readonly { readonly kind: string; readonly sopInstanceUid: string; readonly file: string }[];
  readonly sources: readonly { readonly sopInstanceUid: string; readonly file: string }[];
  readonly clips: readonly {
    readonly eligibility: { readonly kind: string; readonly because?: string };
    readonly used: boolean;
  }[];
}

const data = mkdtempSync(join(tmpdir(), 'apical-demo-test-'));
let demo: Demo;
let stdout = '';

beforeAll(async () => {
  const ended = await apical('demo', '--json', '--data', data);
  if (ended.exitCode !== 0) throw new Error(ended.stderr.slice(-4000));
  stdout = ended.stdout;
  demo = JSON.parse(stdout) as Demo;
}, 300_000);
afterAll(() => rmSync(data, { recursive: true, force: true }));

test('the demonstration prints one JSON document and nothing else', () => {
  expect(stdout.trim().split('\n')).toHaveLength(1);
});

test('it ends with a measurement report, a readable report and an overlay, each in its file', () => {
  expect(new Set(demo.results.map(({ kind }) => kind))).toEqual(new Set(['sr', 'text-sr', 'sc']));
  for (const { file } of [...demo.results, ...demo.sources]) expect(existsSync(file)).toBe(true);
});

test('the ejection fraction is a number, and the model says that it knows phantoms only', () => {
  expect(demo.phantomOnly).toBe(true);
  const fraction = demo.findings.find(({ id }) => id === 'left-ventricular-ejection-fraction');
  expect(fraction).toMatchObject({ kind: 'measured', text: expect.stringMatching(/^\d+(\.\d+)? %/) });
});

test('Doppler, M-mode and stills were refused with a reason, and a four-chamber clip was used', () => {
  const reasons = demo.clips.flatMap(({ eligibility }) => eligibility.because ?? []);
  expect(reasons).toEqual(expect.arrayContaining(['colour-doppler', 'spectral-doppler', 'm-mode']));
  expect(demo.clips.some(({ used }) => used)).toBe(true);
});

testWith(
  ['dciodvfy', 'shared:tools/validate.sh'],
  'every validator accepts what was written',
  () => {
    const files = (objects: readonly { readonly file: string }[]) => objects.map(({ file }) => file);
    const { status, failures } = validate(files(demo.sources), files(demo.results));
    expect(failures).toEqual([]);
    expect(status).toBe(0);
  },
  300_000,
);

test('the study comes out the same, byte for byte, when it is replayed', async () => {
  const replay = await apical('replay', demo.study, '--data', data, '--json');
  expect(JSON.parse(replay.stdout)).toMatchObject({ identical: true, study: demo.study });
  expect(replay.exitCode).toBe(0);
}, 120_000);

test('the study can be taken out of the archive as files', async () => {
  const to = join(data, 'out');
  const ended = await apical('export', demo.study, '--to', to, '--data', data, '--json');
  expect(ended.exitCode).toBe(0);
  expect(readdirSync(join(to, 'sources'))).toHaveLength(demo.sources.length);
  expect(readdirSync(join(to, 'results'))).toHaveLength(demo.results.length);
});

test('a table of rules is tried on what the archive holds, without changing it', async () => {
  const rules = join(data, 'rules.yaml');
  const line = (name: string, finding: string) => `{ name: ${name}, priority: MEDIUM, finding: ${finding} }`;
  const fraction = 'left-ventricular-ejection-fraction';
  writeFileSync(
    rules,
    `triage: { rules: [${line('any', `${fraction}, valueMin: 0`)}, ${line('none', `${fraction}, valueMax: 0`)}] }`,
  );
  const tried = async () =>
    JSON.parse((await apical('rules', 'test', '--rules', rules, '--data', data, '--json')).stdout);
  const outcome = await tried();
  expect(outcome).toMatchObject({
    studies: 1,
    met: { any: 1 },
    outcomes: [{ study: demo.study, after: 'MEDIUM', rules: ['any'] }],
  });
  expect(await tried()).toEqual(outcome);
});
