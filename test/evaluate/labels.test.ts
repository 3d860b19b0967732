import { describe, expect, test } from '@jest/globals';
import type { FindingDefinition } from '#domain/finding';
import { parseCsv, parseLabels } from '#evaluate/labels';
import { performanceOf, type AnsweredClip } from '#evaluate/performance';
import { drawChart } from '#evaluate/page/chart';
import { evaluationPage } from '#evaluate/page/page';
import { loadFindings } from '#models/echoclip/findings';

const definitions = await loadFindings();
const definitionOf = (id: string): FindingDefinition => definitions.find((one) => one.id === id)!;

describe('comma-separated values', () => {
  test.each([
    [
      'plain',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'line ends of both kinds, and none at the end',
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['commas, quotes and line ends in quotes', '"a,b","c ""d""","e\nf"', [['a,b', 'c "d"', 'e\nf']]],
    [
      'empty fields',
      'a,,c\n,,\n1,2,',
      [
        ['a', '', 'c'],
        ['1', '2', ''],
      ],
    ],
    ['a byte order mark', '\ufeffa\n1', [['a'], ['1']]],
  ])('are read: %s', (_, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });
});

describe('a table of labels', () => {
  test('has numbers, presence and grades by the ids of findings', () => {
    const csv =
      'file,left-ventricular-ejection-fraction,pacemaker-lead,left-atrial-dilation,report\na.dcm,55.5,yes,severe,"Fine, thanks"\nb.dcm,,0,,\n';
    expect(parseLabels(csv, definitions)).toEqual([
      {
        file: 'a.dcm',
        labels: {
          'left-ventricular-ejection-fraction': { kind: 'measurement', value: 55.5 },
          'pacemaker-lead': { kind: 'presence', isPresent: true },
          'left-atrial-dilation': { kind: 'grade', place: 3 },
        },
        report: 'Fine, thanks',
      },
      { file: 'b.dcm', labels: { 'pacemaker-lead': { kind: 'presence', isPresent: false } } },
    ]);
  });

  test("is EchoNet-Dynamic's where it has its columns, and one split of it is taken where that is wanted", () => {
    const csv = 'FileName,EF,ESV,EDV,Split\n0X1A,60.1,40,100,TRAIN\n0X2B,31,90,130,TEST\n';
    expect(parseLabels(csv, definitions, { split: 'test' })).toEqual([
      {
        file: 'Videos/0X2B.avi',
        labels: { 'left-ventricular-ejection-fraction': { kind: 'measurement', value: 31 } },
      },
    ]);
  });

  test.each([
    ['name,pacemaker-lead\na,1', 'row 1: it has no column "file"'],
    ['file,mood\na,1', 'row 1: no column is a finding'],
    ['file,pacemaker-lead\na,1\nb,perhaps', 'row 3: "perhaps" for pacemaker-lead: 1 or 0'],
    ['file,left-atrial-dilation\na,huge', 'one of normal, mild, moderate, severe is wanted'],
    ['file,left-ventricular-ejection-fraction\na,good', 'a number is wanted'],
  ])('is refused in a sentence: %j', (csv, words) => {
    expect(() => parseLabels(csv, definitions)).toThrow(words);
  });
});

describe('performance', () => {
  const clip = (labels: AnsweredClip['labels'], scores: Record<string, number>): AnsweredClip => ({
    labels,
    scores: new Map(Object.entries(scores)),
  });

  test('of presence has area, interval and the point of Youden', () => {
    const clips = [0.9, 0.8, 0.7, 0.2, 0.1, 0.75].map((score, index) =>
      clip({ tavr: { kind: 'presence', isPresent: index < 3 } }, { tavr: score }),
    );
    const found = performanceOf(definitionOf('tavr'), clips)!;
    expect(found).toMatchObject({ kind: 'presence', n: 6, positive: 3 });
    if (found.kind !== 'presence') throw new Error('not presence');
    expect(found.auc).toBeCloseTo(8 / 9);
    expect(found.interval!.lower).toBeLessThanOrEqual(8 / 9);
  });

  test('of a grade compares it with the milder ones only', () => {
    const id = 'left-atrial-dilation';
    const clips = [0, 0, 1, 2, 3].map((place) =>
      clip(
        { [id]: { kind: 'grade', place } },
        { [id]: 0, [`${id}:mild`]: place, [`${id}:moderate`]: place, [`${id}:severe`]: place },
      ),
    );
    const found = performanceOf(definitionOf(id), clips)!;
    if (found.kind !== 'grade') throw new Error('not a grade');
    expect(Object.entries(found.grades).map(([grade, { n, positive, auc }]) => [grade, n, positive, auc])).toEqual([
      ['mild', 3, 1, 1],
      ['moderate', 4, 1, 1],
      ['severe', 5, 1, 1],
    ]);
  });

  test('of cases that are all alike is no area', () => {
    const found = performanceOf(definitionOf('tavr'), [
      clip({ tavr: { kind: 'presence', isPresent: true } }, { tavr: 1 }),
    ]);
    expect(found).toMatchObject({ n: 1, positive: 1 });
    expect(found).not.toHaveProperty('auc');
  });

  test('of what nothing is known of is nothing', () => {
    expect(performanceOf(definitionOf('tavr'), [clip({}, { tavr: 1 })])).toBeUndefined();
  });
});

describe('the page', () => {
  test('escapes what it is given', () => {
    const page = evaluationPage({ title: '<script>', warnings: ['a & b'], facts: [['x', '"y"']], findings: [] });
    expect(page).not.toContain('<script>');
    expect(page).toContain('a &amp; b');
  });

  test('draws a dot where it belongs', () => {
    const axis = { title: '', from: 0, to: 10 };
    const svg = drawChart({
      title: 't',
      x: axis,
      y: axis,
      dots: [
        [0, 10],
        [10, 0],
      ],
    });
    expect([...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [x, y])).toEqual([
      ['46.0', '26.0'],
      ['346.0', '326.0'],
    ]);
  });
});
