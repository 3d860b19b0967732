import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apical } from '#test/support/agent-process';
import { sharedPath, testWith } from '#test/support/peers';
import { copyTiny, tiny } from './tiny-models.ts';

const needs = ['shared:reference/echoclip_tiny'];
const data = mkdtempSync(join(tmpdir(), 'apical-models-'));
afterAll(() => rmSync(data, { recursive: true }));

const models = async (...args: readonly string[]) => {
  const ended = await apical('models', ...args, '--data', data, '--json');
  const document: any = JSON.parse(ended.stdout);
  return { ...ended, document };
};

describe('apical models', () => {
  let imported: Awaited<ReturnType<typeof models>> | undefined;
  beforeAll(async () => {
    if (existsSync(tiny())) imported = await models('import', tiny(), '--as', 'tiny', '--name', 'Tiny');
  });

  testWith(needs, 'imports a folder of weights into the models folder, and says how to use it', () => {
    expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
    expect(imported?.document).toMatchObject({
      id: 'tiny',
      folder: join(data, 'models', 'tiny'),
      setting: { 'models.findings': 'tiny' },
      manifest: { kind: 'clip', name: 'Tiny', embedWidth: 12, float16Files: { image: { file: 'image.float16.onnx' } } },
    });
  });

  testWith(needs, 'tells people the line of the configuration', async () => {
    const source = tiny('open_clip_pytorch_model.bin');
    const { stdout } = await apical('models', 'import', source, '--as', 'other', '--data', data, '--fp32-only');
    expect(stdout).toContain('write "models.findings: other" into apical.yaml');
    expect(existsSync(join(data, 'models', 'other', 'image.float16.onnx'))).toBe(false);
  });

  testWith(needs, 'lists what can be set, and what cannot be read', async () => {
    mkdirSync(join(data, 'models', 'broken'), { recursive: true });
    writeFileSync(join(data, 'models', 'broken', 'manifest.json'), '{');
    const { document } = await models('list');
    const byId = Object.fromEntries(document.models.map((model: { id: string }) => [model.id, model]));
    expect(byId['tiny']).toMatchObject({ state: 'imported', kind: 'clip', usedFor: [], phantomOnly: false });
    expect(byId['phantom-echoclip']).toMatchObject({ embedded: true, usedFor: ['findings'] });
    expect(byId['broken']).toMatchObject({
      state: 'unreadable',
      reason: expect.stringContaining('import the model again'),
    });
  });

  testWith(needs, 'prints the card of a model: what it is for, whence it came, what was measured', async () => {
    const { document: before } = await models('card', 'tiny');
    const { manifest } = imported?.document ?? {};
    expect(before).toMatchObject({
      id: 'tiny',
      digest: manifest.digest,
      origin: { source: 'echoclip_tiny' },
      intendedUse: expect.stringContaining('not a medical device'),
      licence: expect.stringContaining('research use'),
    });
    expect(before.calibration).toBeUndefined();
    const calibration = {
      origin: 'made up',
      cases: 7,
      from: '2026-01-01',
      to: '2026-02-01',
      createdOn: '2026-02-02',
      checkpoint: manifest.sources[0].sha256,
      findings: {
        tavr: {
          kind: 'presence',
          threshold: 0.2,
          measured: { AUC: { value: 0.9, interval: { lower: 0.8, upper: 0.95, level: 0.95 } } },
        },
      },
    };
    const file = join(data, 'models', 'tiny', 'calibration.json');
    writeFileSync(file, JSON.stringify(calibration));
    expect((await models('card', 'tiny')).document.calibration).toEqual(calibration);
    const { stdout } = await apical('models', 'card', 'tiny', '--data', data);
    expect(stdout).toContain('Calibration: 7 cases of made up');
    expect(stdout).toContain('tavr: AUC 0.9 (0.8 to 0.95, 95 %)');
    rmSync(file);
  });

  test.each([
    ['without a name', ['nowhere'], 64, /--as echoclip/],
    ['by the name of a folder outside', ['nowhere', '--as', '../x'], 64, /The name/],
    ['by the name of what ships with us', ['nowhere', '--as', 'phantom-echoclip'], 64, /choose another/],
    ['of a file that is not there', [join(data, 'nowhere'), '--as', 'x'], 66, /nowhere is not there/],
  ] as const)('refuses an import %s in one sentence', async (_, args, exitCode, sentence) => {
    const { document, stderr, ...ended } = await models('import', ...args);
    expect(ended.exitCode).toBe(exitCode);
    expect(document.error.message).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('takes a missing path like a repository for one that was meant', async () => {
    const { document, exitCode } = await models('import', 'echonet/echo-clip', '--as', 'x');
    expect([exitCode, document.error.message]).toEqual([66, expect.stringContaining('write hf:echonet/echo-clip')]);
  });

  test('has no card of a model that is not there', async () => {
    const { document, exitCode } = await models('card', 'nowhere');
    expect([exitCode, document.error.message]).toEqual([66, expect.stringContaining('no model nowhere')]);
  });

  testWith(needs, 'keeps nothing of a damaged file, and names what is wrong', async () => {
    const folder = join(data, 'cut');
    copyTiny(folder, 'open_clip_config.json', 'open_clip_model.safetensors');
    truncateSync(join(folder, 'open_clip_model.safetensors'), 100_000);
    const { document, exitCode } = await models('import', folder, '--as', 'cut');
    expect(exitCode).toBe(65);
    expect(document.error).toMatchObject({ code: 'MODEL_UNFIT' });
    expect(existsSync(join(data, 'models', 'cut'))).toBe(false);
  });

  testWith(
    ['shared:reference/echoprime_tiny'],
    'says that nobody told it how a view classifier wants its pictures, and how to tell it',
    async () => {
      const args = [
        'models',
        'import',
        sharedPath('reference', 'echoprime_tiny', 'view_classifier.pt'),
        '--data',
        data,
      ];
      const { stdout } = await apical(...args, '--as', 'untold');
      expect(stdout).toContain('--preset echoprime-views');
      expect(stdout).toContain('write "models.views: untold" into apical.yaml');
      const told = await apical(...args, '--as', 'told', '--preset', 'echoprime-views');
      expect(told.stdout).not.toContain('--preset');
    },
  );

  test('names a model that is not there, and what to do', async () => {
    const { document, exitCode } = await models('card', 'absent');
    expect(exitCode).toBe(66);
    expect(document.error.message).toContain('apical models import PATH --as absent');
  });

  test('are found under their group, which has help of its own', async () => {
    const { stdout } = await apical('models', '--help');
    for (const name of ['import', 'list', 'card']) expect(stdout).toContain(`  ${name} `);
  });
});
