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

test('a file that is no YAML is named with the line', () => {
  expect(() => loadConfiguration({ file: fileOf('dimse: [') })).toThrow(/apical\.yaml cannot be read: .*line 1/s);
});

test('two destinations of one name are refused', () => {
  const entry = '{ kind: c-store, name: pacs, aeTitle: PACS, host: h, port: 104 }';
  expect(() => loadConfiguration({ file: fileOf(`destinations: [${entry}, ${entry}]`) })).toThrow(
    'two of destinations are named pacs',
  );
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
