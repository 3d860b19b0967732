import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { openImportedModel } from '#models/imported-model';
import { importModel } from '#models/import/import-model';
import { sharedPath, testWith } from '#test/support/peers';

const needs = ['shared:reference/echoclip_tiny/open_clip_model.safetensors'];
const from = sharedPath('reference', 'echoclip_tiny', 'open_clip_model.safetensors');
const runtime = { open: () => Promise.reject(new Error('not to be opened')) };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'precision-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

testWith(needs, 'a model without graphs in half precision says what to do where they are asked for', async () => {
  const into = join(folder, 'single');
  await importModel({ from, into, id: 'single' });
  const model = await openImportedModel(into, 'clip', { runtime, precision: 'fp16' });
  await expect(model.open('image')).rejects.toMatchObject({
    code: 'MODEL_UNFIT',
    detail: 'The model single has no image graph in half precision: import it again, or set models.precision to fp32.',
  });
});
