import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { provideModel } from '#models/provide';

let modelsFolder = '';
beforeAll(async () => {
  modelsFolder = await mkdtemp(join(tmpdir(), 'models-'));
});
afterAll(() => rm(modelsFolder, { recursive: true, force: true }));

describe('a model', () => {
  test('that was imported is given by its folder', async () => {
    await mkdir(join(modelsFolder, 'mine'));
    await writeFile(join(modelsFolder, 'mine', 'manifest.json'), '{}');
    expect(await provideModel({ id: 'mine', modelsFolder })).toBe(join(modelsFolder, 'mine'));
  });

  test.each(['echoclip', 'constructor'])('%s that is not there is missed with what to do about it', async (id) => {
    await expect(provideModel({ id, modelsFolder })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      detail: `There is no model ${id} in the models folder: import it with "apical models import PATH --as ${id}", or set another id.`,
    });
  });
});
