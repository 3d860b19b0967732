import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadFindings } from '#models/echoclip/findings';
import { loadQuestions } from '#models/echoclip/questions';

// A file of the form of the authors' prompts_used.json, in words of our own.
const folder = mkdtempSync(join(tmpdir(), 'apical-prompts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const asked = async (content: unknown) => {
  const prompts = join(folder, 'prompts_used.json');
  writeFileSync(prompts, typeof content === 'string' ? content : JSON.stringify(content));
  const definitions = await loadQuestions({ prompts });
  return Object.fromEntries(definitions.map((definition) => [definition.id, definition]));
};
const shipped = Object.fromEntries((await loadFindings()).map((definition) => [definition.id, definition]));

describe('the authors’ prompts', () => {
  test('replace the sentences of a number and its range, to the blank', async () => {
    const task = { mode: 'regression', label_sources: ['ef is <#>% ', 'ef, once more, <#>%'], range: [5, 90] };
    const { 'left-ventricular-ejection-fraction': fraction, tavr } = await asked({ ejection_fraction: task });
    expect(fraction).toMatchObject({ sentences: task.label_sources, range: [5, 90], unit: { value: '%' } });
    expect(tavr).toEqual(shipped['tavr']);
  });

  test('replace the sentences of what is there or not', async () => {
    const { 'pacemaker-lead': lead } = await asked({
      pacemaker: { mode: 'binary', label_sources: ['a lead', 'a wire'] },
    });
    expect(lead).toMatchObject({ kind: 'presence', sentences: ['a lead', 'a wire'] });
    expect(lead).not.toHaveProperty('denials');
  });

  test('are those to be compared with, where these differ from those that were collected', async () => {
    const task = { mode: 'binary', label_sources: ['a pump at <#>CM'], testers: ['a pump at 4.0CM'] };
    const { impella } = await asked({ impella: task });
    expect(impella).toMatchObject({ sentences: ['a pump at 4.0CM'] });
  });

  test('go to the grade that their value stands for; a grade without any keeps ours', async () => {
    const size = { mode: 'categorical', label_sources: ['huge', 'largish', 'huge too'], values: [3, 1, 3] };
    const { 'right-atrial-dilation': right } = await asked({ right_atrium_size: size });
    if (right?.kind !== 'grade' || shipped['right-atrial-dilation']?.kind !== 'grade') throw new Error('not grades');
    const ours = shipped['right-atrial-dilation'].grades;
    expect(right.grades.map(({ sentences }) => sentences)).toEqual([
      ours[0]?.sentences,
      ['largish'],
      ours[2]?.sentences,
      ['huge', 'huge too'],
    ]);
    expect(right.grades.map(({ answer }) => answer)).toEqual(ours.map(({ answer }) => answer));
  });

  test('of a healthy wall stand for the healthy grade of hypertrophy', async () => {
    const { 'left-ventricular-hypertrophy': wall } = await asked({
      lv_hypertrophy: { mode: 'categorical', label_sources: ['thick'], values: [1] },
      normal_wall_thickness: { mode: 'binary', label_sources: ['thin'] },
    });
    expect(wall).toMatchObject({ grades: [{ sentences: ['thin'] }, { sentences: ['thick'] }, {}, {}] });
  });

  test('of one task go to effusion, its size or tamponade, by their values', async () => {
    const task = { mode: 'categorical', label_sources: ['small', 'large', 'squeezed'], values: [1, 3, 4] };
    const {
      'pericardial-effusion': effusion,
      'pericardial-effusion-size': size,
      'cardiac-tamponade': tamponade,
    } = await asked({ pericardial_effusion: task });
    expect(effusion).toMatchObject({ sentences: ['small', 'large'] });
    expect(size).toMatchObject({ grades: [{}, { sentences: ['small'] }, {}, { sentences: ['large'] }] });
    expect(tamponade).toMatchObject({ sentences: ['squeezed'] });
  });

  test.each([
    ['no JSON', '{', /it is not JSON/],
    ['another form', { pacemaker: ['a lead'] }, /pacemaker/],
    ['values that do not fit', { pacemaker: { label_sources: ['a'], values: [1, 2] } }, /a value a sentence/],
  ])('are refused for %s', async (_, content, message) => {
    await expect(asked(content)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      detail: expect.stringMatching(message),
    });
  });
});
