import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadConfiguration } from '#config/load';

const folder = mkdtempSync(join(tmpdir(), 'apical-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, 'apical.yaml');
  writeFileSync(file, text);
  return file;
}

test('without a file the defaults hold, on loopback', () => {
  const { dimse, http, destinations } = loadConfiguration({ file: fileOf('') });
  expect([dimse.aeTitle, dimse.host, dimse.port, http.host, http.port]).toEqual([
    'APICAL',
    '127.0.0.1',
    11112,
    '127.0.0.1',
    8080,
  ]);
  expect(destinations).toEqual([]);
});

test('a wrong file is reported on as a whole, each fault with its place', () => {
  const file = fileOf('dimse: { port: 99999, aeTitle: "MUCH TOO LONG A TITLE" }\nnonsense: 1\n');
  expect(() => loadConfiguration({ file })).toThrow(/dimse\.aeTitle.*dimse\.port.*"nonsense"/s);
});

test.each([
  ['dimse:\n  prot: 1', 'line 2: dimse.prot: "prot" is no setting; did you mean "port"?'],
  ['datafolder: here', 'line 1: datafolder: "datafolder" is no setting; did you mean "dataFolder"?'],
  ['models:\n  gradients:\n    points: 3', 'line 3: models.gradients.points: "points" is no setting; there are steps,'],
  [
    'destinations:\n  - { kind: smtp, url: h }',
    'line 2: destinations.0.url: "url" is no setting; there are kind, name,',
  ],
  [
    'archives:\n  - name: a\n    auth: { kind: basic, usr: a }',
    'line 3: archives.0.auth.usr: "usr" is no setting; did you mean "user"?',
  ],
  ['\nhttp:\n  port: many', 'line 3: http.port: '],
])('a wrong setting is told with its line, and what could stand there: %j', (text, words) => {
  expect(() => loadConfiguration({ file: fileOf(text) })).toThrow(words);
});

test('a file that is no YAML is named with the line', () => {
  expect(() => loadConfiguration({ file: fileOf('dimse: [') })).toThrow(/apical\.yaml cannot be read: .*line 1/s);
});

test('two destinations of one name are refused', () => {
  const entry = '{ kind: c-store, name: pacs, aeTitle: PACS, host: h, port: 104 }';
  expect(() => loadConfiguration({ file: fileOf(`destinations: [${entry}, ${entry}]`) })).toThrow(
    'two of destinations are named pacs',
  );
});

test('who vouches to modalities may not let go of what they sent', () => {
  const modality = 'dimse: { commitment: [{ aeTitle: ECHO1, host: h, port: 104 }] }\n';
  expect(loadConfiguration({ file: fileOf(`${modality}keeping: { days: 30 }`) }).keeping.days).toBe(30);
  expect(() => loadConfiguration({ file: fileOf(`${modality}keeping: { days: 30, pushedSources: true }`) })).toThrow(
    'dimse.commitment vouches for what modalities sent, and keeping.pushedSources lets it go',
  );
});

test('results go back only where an address is set for who sends', () => {
  const file = (senders: string) =>
    fileOf(`destinations: [{ kind: return-to-sender, name: back, senders: ${senders} }]`);
  const [back] = loadConfiguration({ file: file('[{ aeTitle: ECHO1, host: echo1, port: 104 }]') }).destinations;
  expect(back).toMatchObject({ reports: ['measurement', 'text'], commitment: false });
  expect(() => loadConfiguration({ file: file('[]') })).toThrow(/destinations\.0\.senders/);
});

test('the command line wins over the file', () => {
  const file = fileOf('http: { port: 9000 }');
  expect(loadConfiguration({ file, overrides: { 'http.port': 0 } }).http.port).toBe(0);
});

test('own findings and prompts are named from where the file lies; the folder findings beside it is found', () => {
  const file = fileOf('models: { prompts: prompts_used.json, findingsFolder: ours }');
  expect(loadConfiguration({ file }).models).toMatchObject({
    prompts: join(folder, 'prompts_used.json'),
    findingsFolder: join(folder, 'ours'),
  });
  expect(loadConfiguration({ file: fileOf('') }).models.findingsFolder).toBeUndefined();
  mkdirSync(join(folder, 'findings'));
  expect(loadConfiguration({ file: fileOf('') }).models.findingsFolder).toBe(join(folder, 'findings'));
});

test.each([
  [
    'a value without a finding',
    '{ name: r, priority: HIGH, valueMax: 30 }',
    /triage\.rules\.0\.valueMax: needs a finding/,
  ],
  [
    'a finding without a bound',
    '{ name: r, priority: HIGH, finding: tavr }',
    /rules\.0\.finding: needs an answer or a bound/,
  ],
  ['nothing at all', '{ name: r, priority: HIGH }', /every study would meet it/],
  ['an unknown priority', '{ name: r, priority: URGENT, station: ICU }', /rules\.0\.priority/],
  [
    'a destination that there is not',
    '{ name: r, priority: HIGH, station: ICU, notify: [pager] }',
    /rule r notifies pager/,
  ],
])('a rule that names %s is refused', (_, rule, words) => {
  expect(() => loadConfiguration({ file: fileOf(`triage: { rules: [${rule}] }`) })).toThrow(words);
});

test('two rules of one name are refused, since a reader could not tell which was met', () => {
  const rule = '{ name: r, priority: HIGH, station: ICU }';
  expect(() => loadConfiguration({ file: fileOf(`triage: { rules: [${rule}, ${rule}] }`) })).toThrow('names two rules');
});

test('one answer, station or location may be given without a list', () => {
  const file = fileOf('triage: { rules: [{ name: r, priority: HIGH, finding: tavr, answer: Present, station: ICU }] }');
  expect(loadConfiguration({ file }).triage.rules).toMatchObject([
    { answer: ['Present'], station: ['ICU'], notify: [] },
  ]);
});
