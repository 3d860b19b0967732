import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadFindings } from '#models/echoclip/findings';
import { loadQuestions } from '#models/echoclip/questions';
import { loadSiteFindings, parseFinding } from '#models/echoclip/site-findings';
import { createClipTokenizer } from '#models/tokenizers/clip-bpe';

const tokenizer = createClipTokenizer();
const folder = mkdtempSync(join(tmpdir(), 'apical-findings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const common = {
  title: 'Mitral annular calcification',
  concept: { value: 'MAC', scheme: '99SITE', meaning: 'Mitral annular calcification' },
  site: { value: '91134007', scheme: 'SCT', meaning: 'Mitral valve' },
  views: ['A4C'],
};
const presence = { ...common, kind: 'presence', sentences: ['The mitral annulus is calcified.'] };
const measurement = {
  ...common,
  kind: 'measurement',
  unit: { value: 'mm', scheme: 'UCUM', meaning: 'mm' },
  range: [10, 60],
  sentences: ['The mitral annulus is <#> mm wide.'],
};
const answer = { value: 'X', scheme: '99SITE', meaning: 'Answer' };
const grade = {
  ...common,
  kind: 'grade',
  grades: [
    { id: 'normal', answer, sentences: ['No calcification.'] },
    { id: 'severe', answer, sentences: ['Severe calcification.'] },
  ],
};
const parsed = (document: unknown, file = 'mitral-annular-calcification.yaml') =>
  parseFinding(file, stringify(document), tokenizer);

describe('a finding of the site', () => {
  test.each([
    ['presence', presence],
    ['measurement', measurement],
    ['grade', grade],
  ])('of kind %s is one YAML file, called by the name of the file', (_, document) => {
    expect(parsed(document)).toEqual({ ...document, id: 'mitral-annular-calcification' });
    expect(parsed({ ...document, id: 'mac' }).id).toBe('mac');
  });

  test.each([
    ['a view that does not exist', { ...presence, views: ['A6C'] }, /views\.0/],
    [
      'a code that no data set can hold',
      { ...presence, concept: { ...common.concept, value: 'x'.repeat(17) } },
      /concept\.value/,
    ],
    [
      'a number that is asked nowhere',
      { ...measurement, sentences: ['A wide annulus.'] },
      /sentences\.0: must hold <#> once/,
    ],
    [
      'a place for a number that nobody fills',
      { ...presence, sentences: ['<#> clips.'] },
      /sentences\.0: must be a sentence, without/,
    ],
    ['a range that falls', { ...measurement, range: [60, 10] }, /range: must be two whole numbers that rise/],
    [
      'grades without a healthy heart',
      { ...grade, grades: [...grade.grades].reverse() },
      /grades: must begin with the grade normal/,
    ],
    [
      'a sentence that is not read to its end',
      { ...presence, sentences: ['calcified '.repeat(80)] },
      /does not read this sentence/,
    ],
    ['no sentence', { ...presence, sentences: [] }, /sentences: needs at least one/],
    ['what no finding has', { ...presence, threshold: 0.3 }, /threshold/],
    ['a kind that does not exist', { ...presence, kind: 'guess' }, /kind/],
  ])('is refused with its file and place for %s', (_, document, message) => {
    expect(() => parsed(document)).toThrow(/The finding mitral-annular-calcification\.yaml: /);
    expect(() => parsed(document)).toThrow(message);
  });

  test('is refused where its file is no YAML, or has no name to be called by', () => {
    expect(() => parseFinding('x.yaml', 'kind: [', tokenizer)).toThrow(/The finding x\.yaml: .*line 1/);
    expect(() => parsed(presence, 'Ring Kalk.yaml')).toThrow(/its name must be of lower-case/);
  });

  test('is asked beside ours, in the order of kinds', async () => {
    writeFileSync(join(folder, 'mac.yaml'), stringify(presence));
    writeFileSync(
      join(folder, 'mac-width.yml'),
      stringify({ ...measurement, concept: { ...common.concept, value: 'W' } }),
    );
    writeFileSync(join(folder, 'README.md'), 'not a finding');
    writeFileSync(join(folder, '.hidden.yaml'), ':');
    const [ours, all] = [await loadFindings(), await loadQuestions({ findingsFolder: folder })];
    expect(all).toHaveLength(ours.length + 2);
    const kinds = all.map(({ kind }) => kind);
    expect(kinds).toEqual([...kinds].sort((a, b) => 'mgp'.indexOf(a[0]!) - 'mgp'.indexOf(b[0]!)));
    expect((await loadSiteFindings(folder, tokenizer)).map(({ id }) => id)).toEqual(['mac-width', 'mac']);
  });

  test('is told from every other by its id and by its concept', async () => {
    writeFileSync(join(folder, 'tavr.yaml'), stringify({ ...presence, concept: { ...common.concept, value: 'T' } }));
    await expect(loadQuestions({ findingsFolder: folder })).rejects.toThrow('two findings are called tavr');
    writeFileSync(join(folder, 'tavr.yaml'), stringify({ ...presence, id: 'other' }));
    await expect(loadQuestions({ findingsFolder: folder })).rejects.toThrow(/have one concept, MAC/);
    rmSync(join(folder, 'tavr.yaml'));
  });

  test('has a folder that is there', async () => {
    const nowhere = { findingsFolder: join(folder, 'nowhere') };
    await expect(loadQuestions(nowhere)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});
