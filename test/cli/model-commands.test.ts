import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { formatNpy, parseNpy, type NpyArray } from '#models/npy';
import { apical } from '#test/support/agent-process';
import { sharedPath, testWith } from '#test/support/peers';
import { tiny, withWholeVocabulary } from './tiny-models.ts';

// The commands as people type them, against what the authors' libraries computed.
const needs = ['shared:reference/echoclip_tiny'];
const data = mkdtempSync(join(tmpdir(), 'apical-embed-'));
const at = (name: string) => join(data, name);
const expected = (name: string) => tiny('expected', `${name}.npy`);
afterAll(() => rmSync(data, { recursive: true }));
beforeAll(async () => {
  if (!existsSync(tiny())) return;
  await apical('models', 'import', tiny(), '--as', 'tiny', '--data', data);
  await apical('models', 'import', withWholeVocabulary(at('wide')), '--as', 'wide', '--data', data);
});

const run = async (...args: readonly string[]) => {
  const ended = await apical(...args, '--data', data, '--json');
  const document: any = JSON.parse(ended.stdout);
  return { ...ended, document };
};
const done = async (...args: readonly string[]) => {
  const ended = await run(...args);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  return ended.document;
};
const array = (path: string): NpyArray => parseNpy(readFileSync(path));
const numbersOf = (path: string): readonly number[] => {
  const { values } = array(path);
  return values instanceof BigInt64Array ? Array.from(values, Number) : Array.from(values);
};

/** The largest difference, as a share of the largest expected value. */
const deviation = (ours: string, theirs: string): number => {
  expect(array(ours).shape).toEqual(array(theirs).shape);
  const [got, wanted] = [numbersOf(ours), numbersOf(theirs)];
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, index) => Math.abs(value - got[index]!))) / largest;
};

describe('apical embed', () => {
  testWith(needs, 'gives the authors’ embeddings of pictures, of bytes as of prepared numbers', async () => {
    for (const images of ['images_f32', 'images_u8']) {
      const document = await done('embed', '--model', 'tiny', '--images', expected(images), '--out', at('image.npy'));
      expect(document).toMatchObject({ model: 'tiny', shape: [4, 12], provider: 'cpu', out: at('image.npy') });
      expect(deviation(at('image.npy'), expected('image_embed'))).toBeLessThan(1e-4);
    }
  });

  testWith(needs, 'gives the authors’ embeddings of texts, and at unit length on request', async () => {
    await done('embed', '--model', 'tiny', '--texts', expected('tokens'), '--out', at('text.npy'));
    expect(deviation(at('text.npy'), expected('text_embed'))).toBeLessThan(1e-4);
    await done('embed', '--model', 'tiny', '--texts', expected('tokens'), '--unit', '--out', at('unit.npy'));
    expect(deviation(at('unit.npy'), expected('text_embed_norm'))).toBeLessThan(1e-4);
  });

  testWith(needs, 'reads a text a line, blank lines and Windows line ends included', async () => {
    writeFileSync(at('three.txt'), 'one heart\r\n\r\nanother heart\r\n');
    writeFileSync(at('one.txt'), 'another heart');
    const { shape } = await done('embed', '--model', 'wide', '--texts', at('three.txt'), '--out', at('three.npy'));
    await done('embed', '--model', 'wide', '--texts', at('one.txt'), '--out', at('single.npy'));
    expect(shape).toEqual([3, 12]);
    const [three, one] = [numbersOf(at('three.npy')), numbersOf(at('single.npy'))];
    expect(three.slice(24)).toEqual(one.map((value) => expect.closeTo(value, 5)));
  });

  testWith(needs, 'crops and scales larger pictures as the authors do', async () => {
    const { shape, values } = array(sharedPath('reference', 'echoclip_tiny', 'expected', 'images_u8.npy'));
    // Each picture within a margin that the authors' crop takes away again.
    const [count = 0, side = 0] = shape;
    const large = new Uint8Array(count * 80 * 80 * 3).fill(99);
    for (let line = 0; line < count * side; line++) {
      const [picture, y] = [Math.floor(line / side), line % side];
      const row = (values as Uint8Array).subarray(line * side * 3, (line + 1) * side * 3);
      large.set(row, ((picture * 80 + y + 8) * 80 + 8) * 3);
    }
    writeFileSync(at('large.npy'), formatNpy({ shape: [count, 80, 80, 3], values: large }));
    await done('embed', '--model', 'tiny', '--images', at('large.npy'), '--out', at('cropped.npy'));
    expect(deviation(at('cropped.npy'), expected('image_embed'))).toBeLessThan(1e-4);
    await done('embed', '--model', 'tiny', '--images', expected('images_u8'), '--crop', 'always', '--out', at('c.npy'));
    expect(deviation(at('c.npy'), expected('image_embed'))).toBeGreaterThan(1e-2);
  });

  const clip = 'us/I_000009.dcm';
  testWith(
    [...needs, `shared:corpus/${clip}`],
    'gives one row for every second of a clip’s first forty frames',
    async () => {
      const dicom = sharedPath('corpus', clip);
      const { shape, frames } = await done('embed', '--model', 'tiny', '--dicom', dicom, '--out', at('clip.npy'));
      expect(frames.slice(0, 3)).toEqual([0, 2, 4]);
      expect(shape).toEqual([frames.length, 12]);
      expect(array(at('clip.npy')).values.every((value) => Number.isFinite(Number(value)))).toBe(true);
    },
  );

  testWith(
    needs,
    'says in one sentence what it cannot take',
    async () => {
      writeFileSync(at('wrong.npy'), formatNpy({ shape: [1, 3, 32, 32], values: new Float32Array(3 * 32 * 32) }));
      writeFileSync(at('text.txt'), 'a heart');
      writeFileSync(at('ids.npy'), formatNpy({ shape: [1, 77], values: new BigInt64Array(77).fill(1000n) }));
      const cases: readonly (readonly [args: readonly string[], exitCode: number, sentence: RegExp])[] = [
        [['--images', at('wrong.npy')], 64, /\[1, 3, 32, 32\].*\[pictures, 3, 64, 64\]/],
        [['--images', at('text.txt')], 64, /not an .npy file/],
        [['--images', at('absent.npy')], 66, /absent.npy cannot be opened/],
        [['--texts', at('text.txt')], 65, /1000 ids, the tokenizer 49408/],
        [['--texts', at('ids.npy')], 64, /between 0 and 999/],
        [['--dicom', at('text.txt')], 65, /not a readable DICOM/],
        [['--dicom', at('absent.dcm')], 66, /absent.dcm cannot be opened/],
        [['--images', expected('images_u8'), '--crop', 'sometimes'], 64, /--crop takes one of/],
        [[], 64, /one of --images/],
      ];
      for (const [args, exitCode, sentence] of cases) {
        const { document, ...ended } = await run('embed', '--model', 'tiny', '--out', at('none.npy'), ...args);
        expect(document.error.message).toMatch(sentence);
        expect(ended.exitCode).toBe(exitCode);
      }
      expect(existsSync(at('none.npy'))).toBe(false);
    },
    180_000,
  ); // nine processes
});

describe('apical tokenize', () => {
  const cases = 'reference/tokenizer/clip_bpe_cases.json';
  testWith([...needs, `shared:${cases}`], 'gives the ids that CLIP’s own tokenizer gives', async () => {
    const wanted = JSON.parse(readFileSync(sharedPath(cases), 'utf8')) as { text: string; ids: number[] }[];
    const { contextLength, texts } = await done('tokenize', '--model', 'wide', ...wanted.map(({ text }) => text));
    expect(contextLength).toBe(77);
    expect(texts).toEqual(wanted.map(({ text, ids }) => ({ text, ids })));
  });

  testWith(needs, 'prints a row a text, and writes an array on request', async () => {
    writeFileSync(at('texts.txt'), 'a heart\nthe heart\n');
    const args = ['--model', 'wide', '--texts', at('texts.txt'), '--out', at('ids.npy'), '--data', data];
    const { stdout } = await apical('tokenize', ...args);
    const rows = stdout.trimEnd().split('\n');
    expect(rows[0]).toMatch(/^49406 320 1936 49407( 0){73}$/);
    const { shape, values } = array(at('ids.npy'));
    expect(shape).toEqual([2, 77]);
    expect(Array.from(values.slice(77), Number).join(' ')).toBe(rows[1]);
  });
});

describe('a model with a template vocabulary', () => {
  testWith(needs, 'reads phrases of the user’s copy, and refuses what it has no phrase for', async () => {
    const vocabulary = at('vocabulary');
    mkdirSync(vocabulary);
    writeFileSync(join(vocabulary, 'template_vocab.txt'), 'THE PUMP FUNCTION IS <#>%. ');
    await done('models', 'import', tiny(), '--as', 'phrases', '--vocabulary', vocabulary);
    const { texts } = await done('tokenize', '--model', 'phrases', 'The pump function is 55%.');
    expect(texts[0].ids.slice(0, 5)).toEqual([138, 5, 6 + 5 + 55, 139, 0]);
    const dicom = sharedPath('corpus', 'us', 'I_000009.dcm');
    const { document, exitCode } = await run('ask', '--model', 'phrases', '--dicom', dicom, 'A heart.');
    expect([exitCode, document.error.message]).toEqual([78, expect.stringContaining('has nothing for the sentence')]);
    const none = await run('models', 'import', tiny(), '--as', 'none', '--vocabulary', data);
    expect([none.exitCode, none.document.error.message]).toEqual([78, expect.stringContaining('template_vocab.txt')]);
  });
});

describe('apical saliency', () => {
  const args = ['--model', 'tiny', '--images', expected('images_f32'), '--texts', expected('tokens')];
  for (const [method, reference, tolerance] of [
    ['gradient', 'grad', 1e-3],
    ['integrated-gradients', 'ig16_midpoint', 1e-3],
    ['grad-cam', 'gradcam', 1e-4],
  ] as const) {
    testWith(needs, `gives the authors’ numbers by ${method}`, async () => {
      const { pictures } = await done('saliency', ...args, '--method', method, '--out', at('saliency.npy'));
      expect(deviation(at('saliency.npy'), expected(reference))).toBeLessThan(tolerance);
      const cosines = numbersOf(expected('cosine')).map((value) => expect.closeTo(value, 4));
      expect(pictures.map(({ similarity }: { similarity: number }) => similarity)).toEqual(cosines);
    });
  }

  testWith(needs, 'takes one text for all pictures, and refuses what does not pair', async () => {
    const { shape, values } = array(expected('tokens'));
    const ids = values as BigInt64Array;
    writeFileSync(at('first.npy'), formatNpy({ shape: [1, shape[1]!], values: ids.slice(0, 77) }));
    writeFileSync(at('two.npy'), formatNpy({ shape: [2, shape[1]!], values: ids.slice(0, 154) }));
    const given = ['--model', 'tiny', '--images', expected('images_f32'), '--out', at('map.npy')];
    const { pictures } = await done('saliency', ...given, '--texts', at('first.npy'), '--map');
    expect(array(at('map.npy')).shape).toEqual([4, 64, 64]);
    expect(pictures[0].similarity).toBeCloseTo(Number(array(expected('cosine')).values[0]), 4);
    const { document, exitCode } = await run('saliency', ...given, '--texts', at('two.npy'));
    expect([exitCode, document.error.message]).toEqual([64, expect.stringContaining('4 pictures and 2 texts')]);
  });
});

describe('apical ask', () => {
  const clip = 'us/I_000009.dcm';
  testWith(
    [...needs, `shared:corpus/${clip}`],
    'compares a clip with sentences, and draws where each is seen',
    async () => {
      const sentences = ['The left ventricle is dilated.', 'A pacemaker lead is seen.'];
      const dicom = sharedPath('corpus', clip);
      const { answers, warnings } = await done(
        'ask',
        '--model',
        'wide',
        '--dicom',
        dicom,
        ...sentences,
        '--out',
        at('asked'),
      );
      expect(answers.map(({ sentence }: { sentence: string }) => sentence)).toEqual(sentences);
      expect(warnings.join()).toContain('research use only');
      for (const { similarity, overlay, method } of answers) {
        expect(Math.abs(similarity)).toBeLessThanOrEqual(1);
        expect(method).toBe('grad-cam');
        const { format, width } = await sharp(overlay).metadata();
        expect(format).toBe('png');
        expect(width).toBeGreaterThan(300);
      }
    },
  );

  testWith([...needs, `shared:corpus/${clip}`], 'answers the model’s own findings by their calibration', async () => {
    const folder = at('models/wide');
    const { sources } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const { sha256: checkpoint } = sources.find(({ file }: { file: string }) => file.endsWith('.safetensors'));
    const day = '2026-01-01';
    const about = { origin: 'made up', cases: 30, from: day, to: day, createdOn: day, checkpoint };
    const tavr = { kind: 'presence', threshold: -1, percentiles: [-1, -0.9] };
    const pacemaker = { kind: 'presence', percentiles: [0.9, 1] };
    const calibration = JSON.stringify({ ...about, findings: { tavr, 'pacemaker-lead': pacemaker } });
    writeFileSync(join(folder, 'calibration.json'), calibration);
    const args = ['--model', 'wide', '--dicom', sharedPath('corpus', clip), '--findings'];
    const { findings, answers } = await done('ask', ...args);
    expect(answers).toEqual([]);
    const known = (id: string) => findings.find((finding: { id: string }) => finding.id === id);
    expect(known('tavr')).toMatchObject({ kind: 'answered', notable: true, percentile: 100 });
    expect(known('tavr').text).toMatch(/^Present \(similarity -?0\.\d{3} \(percentile 100\), threshold -1\.000\)$/);
    expect(known('pacemaker-lead')).toMatchObject({ kind: 'similarity-only', percentile: 0 });
    expect(known('impella')).not.toHaveProperty('percentile');
    rmSync(join(folder, 'calibration.json'));
  });

  const coloured = 'us/I_000036.dcm';
  testWith([...needs, `shared:corpus/${coloured}`], 'says where the agent would not look at the clip', async () => {
    const dicom = sharedPath('corpus', coloured);
    const { stdout } = await apical('ask', '--model', 'wide', '--dicom', dicom, 'A heart.', '--data', data);
    expect(stdout).toContain('would not look at this clip: colour Doppler');
    expect(stdout).toContain('not a probability');
    expect(stdout).toMatch(/^-?0\.\d{4} {2}A heart\./m);
  });

  test('asks for the clip', async () => {
    const { document, exitCode } = await run('ask', 'A heart.');
    expect([exitCode, document.error.message]).toEqual([64, expect.stringContaining('--dicom FILE')]);
  });

  test('asks for a sentence, or for the findings', async () => {
    const { document, exitCode } = await run('ask', '--dicom', 'clip.dcm');
    expect([exitCode, document.error.message]).toEqual([64, expect.stringContaining('--findings')]);
  });

  test('says that there is no model of that name', async () => {
    const { document, exitCode } = await run('ask', '--model', 'nowhere', '--dicom', 'clip.dcm', 'A heart.');
    expect([exitCode, document.error.message]).toEqual([66, expect.stringContaining('no model nowhere')]);
  });
});
