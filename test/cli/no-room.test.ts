import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { apical, type Ended } from '#test/support/agent-process';
import { testWith } from '#test/support/peers';
import { filesIn, startHub } from './hub.ts';
import { tiny } from './tiny-models.ts';

// Writes that really fail, without a disk of one's own: the shell limits how large a file may become, and has the
// signal for it ignored, so that the write beyond fails with EFBIG.
const needs = ['shared:reference/echoclip_tiny'];
const data = mkdtempSync(join(tmpdir(), 'apical-no-room-'));
afterAll(() => rmSync(data, { recursive: true }));
const launch = join(import.meta.dirname, '..', '..', 'src', 'cli', 'launch.mjs');

const within = async (kilobytes: number, ...args: readonly string[]): Promise<Ended> => {
  const script = `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`;
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, launch, ...args, '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out!.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err!.push(chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout: out!.join(''), stderr: err!.join('') };
};

describe('where there is no room', () => {
  const models = join(data, 'models');

  testWith(needs, 'an import keeps nothing of the model, and says why', async () => {
    const { exitCode, stderr } = await within(100, 'models', 'import', tiny(), '--as', 'tiny');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/A file would become larger than is allowed here: nothing was kept of the model tiny\.\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(models)).toEqual([]);
  });

  testWith(needs, 'a download keeps what came, and goes on from there once there is room', async () => {
    const [config, weights] = ['open_clip_config.json', 'open_clip_pytorch_model.bin'] as const;
    const files = filesIn({ [config]: tiny(config), [weights]: tiny(weights) });
    const hub = await startHub({ files });
    try {
      const args = ['models', 'import', 'hf:owner/name', '--as', 'fetched', '--hub', hub.url] as const;
      const { exitCode, stderr } = await within(100, ...args);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/make room; then run the same command again, and it goes on from there\.\n$/);
      expect(existsSync(join(models, 'fetched'))).toBe(false);
      const [download = ''] = readdirSync(join(models, '.downloads'));
      const part = join(models, '.downloads', download, `${weights}.part`);
      expect(statSync(part).size).toBe(102_400);
      expect(readFileSync(part).equals(files[weights]!.subarray(0, 102_400))).toBe(true);
      const asked = hub.asked.length;
      expect(await apical(...args, '--data', data)).toMatchObject({ exitCode: 0 });
      const ranges = hub.asked.slice(asked).filter((line) => line.startsWith('GET /store/'));
      expect(ranges).toEqual([`GET /store/${weights} bytes=102400-`]);
    } finally {
      await hub.close();
    }
  });
});
