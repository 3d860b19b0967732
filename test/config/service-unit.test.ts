import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exitCodes } from '#cli/command';
import { catalogue } from '#cli/catalogue';

const root = join(import.meta.dirname, '..', '..');
const unit = readFileSync(join(root, 'config', 'apical.service'), 'utf8');
const settings = new Map([...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));

test('the unit runs nothing as root, and what it starts is there', async () => {
  expect(settings.get('User')).toBe('apical');
  const [, script, command] = settings.get('ExecStart')!.split(' ') as [string, string, string];
  expect(existsSync(join(root, script))).toBe(true);
  expect((await catalogue()).map(({ usage }) => usage)).toContain(command);
});

test('the unit does not start again what cannot start', () => {
  const codes = settings.get('RestartPreventExitStatus')!.split(' ').map(Number);
  expect(codes).toEqual([exitCodes.usage, exitCodes.configuration]);
});
