import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const launch = join(import.meta.dirname, '..', '..', 'src', 'cli', 'launch.mjs');

test('a command whose reader went away, as head does, ends its work without a complaint', async () => {
  const child = spawn(process.execPath, [launch, 'models', 'list'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  expect([exitCode, said.join('')]).toEqual([0, '']);
});
