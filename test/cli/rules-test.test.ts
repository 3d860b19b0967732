import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Rule } from '#domain/rule';
import { deriveUid, type StudyUid } from '#domain/uid';
import { openStory, send } from '#test/pipeline/fakes';
import { apical } from '#test/support/agent-process';

// A table of rules that is tried on studies that were assessed under another one.

const lvef = 'left-ventricular-ejection-fraction';
const weak: Rule = { name: 'weak', priority: 'HIGH', message: 'EF', notify: [], finding: lvef, valueMax: 30 };
const uid = (name: string) => deriveUid('study', name) as StudyUid;
let story: Awaited<ReturnType<typeof openStory>>;

beforeAll(async () => {
  story = await openStory({ question: lvef, rules: [weak], findings: { poor: 20, first: 60, second: 45 } });
  await send(story.receive, { name: 'poor', of: uid('poor'), patient: 'A', station: 'LAB 1' });
  await send(story.receive, { name: 'first', of: uid('first'), patient: 'B', station: 'ICU 2', date: '20260101' });
  await story.run(story.clock.now() + 30_000);
  await send(story.receive, { name: 'second', of: uid('second'), patient: 'B', station: 'LAB 1', date: '20260301' });
  await story.run(story.clock.now() + 30_000);
});
afterAll(() => story.close());

async function tried(rules: readonly object[], ...more: string[]) {
  const file = join(story.folder, 'tried.yaml');
  const destinations = [
    { kind: 'smtp', name: 'pager', host: 'mail.example', from: 'a@b.example', to: ['c@b.example'] },
  ];
  writeFileSync(file, JSON.stringify({ triage: { rules }, destinations }));
  return apical('rules', 'test', '--rules', file, '--data', story.folder, ...more);
}

const rules = [
  { name: 'weak', priority: 'MEDIUM', finding: lvef, valueMax: 30 },
  { name: 'icu', priority: 'HIGH', station: 'ICU*', notify: ['pager'] },
  { name: 'fallen', priority: 'LOW', finding: lvef, changeMax: -10 },
  { name: 'never', priority: 'HIGH', finding: 'pulmonary-artery-pressure', valueMin: 1 },
];

test('says of each study what would change, which rules it meets and no longer meets, and who is told', async () => {
  const { exitCode, stdout } = await tried(rules);
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.slice(0, 3).sort()).toEqual(
    [
      `HIGH   -> MEDIUM  ${uid('poor')}  weak`,
      `LOW    -> HIGH    ${uid('first')}  +icu, tells pager`,
      `LOW    -> LOW     ${uid('second')}  +fallen`, // 45 after 60
    ].sort(),
  );
  expect(lines.slice(3)).toEqual([
    '3 assessed studies: 2 would be placed differently, 1 only for other reasons.',
    '  weak: met by 1',
    '  icu: met by 1, tells pager',
    '  fallen: met by 1',
    '  never: met by 0, asks for a finding that none of them was asked about',
  ]);
});

test('as one JSON document', async () => {
  const { stdout } = await tried([], '--json');
  expect(JSON.parse(stdout)).toMatchObject({ studies: 3, changed: 1, met: {}, unasked: [] });
  const { outcomes } = JSON.parse(stdout) as { outcomes: readonly { study: string }[] };
  expect(outcomes.find(({ study }) => study === uid('poor'))).toEqual({
    study: uid('poor'),
    before: 'HIGH',
    after: 'LOW',
    rules: [],
    gained: [],
    lost: ['weak'],
    told: [],
  });
});

test.each([
  ['that every study would meet', [{ name: 'all', priority: 'HIGH' }], 'every study would meet it'],
  ['with two rules of one name', [rules[0], rules[0]], 'names two rules'],
  ['with a bound on nothing', [{ name: 'x', priority: 'HIGH', station: 'A', valueMin: 3 }], 'needs a finding'],
  ['on what is no finding', [{ ...rules[0], finding: 'no-such' }], 'no finding of the model'],
  ['with a priority that is none', [{ ...rules[0], priority: 'URGENT' }], 'priority'],
])('a table %s is refused with the reason', async (_, table, words) => {
  const { exitCode, stderr } = await tried(table as object[]);
  expect([exitCode, stderr.includes(words)]).toEqual([78, true]);
});
