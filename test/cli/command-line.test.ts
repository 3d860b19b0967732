import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { apical } from '#test/support/agent-process';

const folder = mkdtempSync(join(tmpdir(), 'apical-command-line-'));
mkdirSync(join(folder, 'empty'));
writeFileSync(join(folder, 'text.txt'), 'no DICOM at all, though long enough to be taken for it');
afterAll(() => rmSync(folder, { recursive: true }));

const launch = join(import.meta.dirname, '..', '..', 'src', 'cli', 'launch.mjs');

describe('with --json a command that fails prints one document, and says in it what to do', () => {
  const at = (name: string): string => join(folder, name);
  test.each([
    [['replay'], 64, "missing required argument 'study'"],
    [['start', '--nonsense'], 64, "unknown option '--nonsense'"],
    [['send', at('text.txt'), '--to', 'PACS@127.0.0.1:99999'], 64, 'AE@host:port'],
    [['send', at('empty'), '--to', 'PACS@127.0.0.1:104'], 66, 'There are no files in'],
    [['ask', 'a heart', '--dicom', at('empty'), '--data', at('data')], 64, 'is a folder'],
    [['phantom', '--out', at('text.txt')], 64, 'lies below a file'],
  ])('%j', async (args, expected, words) => {
    const { exitCode, stdout, stderr } = await apical(...args, '--json');
    expect(exitCode).toBe(expected);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.message).toContain(words);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at '); // a stack is for faults of ours
  });
});

test('doctor finds beforehand what would keep the agent from starting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const file = join(folder, 'wrong.yaml');
  const rule = '{ name: weak, finding: left-ventricular-ejektion, valueMax: 30, priority: HIGH }';
  writeFileSync(file, `dimse: { port: ${port} }\nhttp: { host: 0.0.0.0, port: 0 }\ntriage: { rules: [${rule}] }\n`);
  const { exitCode, stdout } = await apical('doctor', '--config', file, '--data', join(folder, 'data'), '--json');
  other.close();
  expect(exitCode).toBe(1);
  const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; ok: boolean; detail: string }[] };
  const failed = checks.filter(({ ok }) => !ok);
  expect(failed.map(({ name }) => name)).toEqual(['rules', 'DICOM port', 'login']);
  for (const [index, words] of ['no finding of the model', 'set another dimse.port', 'set http.auth'].entries())
    expect(failed[index]?.detail).toContain(words);
});

test('a command that was interrupted says so, and does not end as if it were done', async () => {
  const args = [
    launch,
    'phantom',
    '--studies',
    '500',
    '--clips',
    '1',
    '--frames',
    '2',
    '--out',
    join(folder, 'phantoms'),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  await once(child.stdout, 'data'); // the first study is there
  child.kill('SIGINT');
  const [exitCode] = (await once(child, 'close')) as [number | null];
  expect([exitCode, said.join('')]).toEqual([1, 'apical: Interrupted; not all is done.\n']);
});
