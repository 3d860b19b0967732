import { describe, expect, test } from '@jest/globals';
import type { Assessment } from '#domain/assessment';
import { deriveUid, type StudyUid } from '#domain/uid';
import measurementReport from '#templates/reports/measurement-report';
import textReport from '#templates/reports/text-report';
import type { ReportSubject } from '#templates/report-template';
import { definitions, findings } from '#test/compose/composition';
import { containers, say, walk } from './walk.ts';

const clip = deriveUid('clip');
const overlay = { sopClass: deriveUid('sc'), sopInstance: deriveUid('overlay'), series: deriveUid('overlay series') };
const model = {
  id: 'echoclip', name: 'EchoCLIP', manufacturer: 'Cedars-Sinai', version: '1', digest: 'feed', phantomOnly: false, provider: 'cpu',
}; // prettier-ignore

function subject(changes: Partial<Assessment> = {}): ReportSubject {
  const assessment: Assessment = {
    study: deriveUid('study') as StudyUid,
    revision: 1,
    stage: 'settled',
    sourceDigest: 'd1',
    model,
    viewModel: { ...model, name: 'Views', digest: 'beef' },
    clips: [
      {
        sopInstance: clip,
        series: deriveUid('s'),
        eligibility: { kind: 'eligible' },
        view: { kind: 'recognised', view: 'A4C', score: 1 },
        used: true,
      },
      {
        sopInstance: deriveUid('x'),
        series: deriveUid('s'),
        eligibility: { kind: 'ineligible', because: 'colour-doppler' },
        used: false,
      },
      {
        sopInstance: deriveUid('y'),
        series: deriveUid('s'),
        eligibility: { kind: 'ineligible', because: 'colour-doppler' },
        used: false,
      },
    ],
    findings: findings(clip),
    definitions,
    settledAt: 0,
    ...changes,
  };
  const reference = { sopClass: deriveUid('us'), sopInstance: clip, series: deriveUid('s') };
  return {
    assessment,
    observer: { uid: deriveUid('d'), name: 'Apical', manufacturer: 'Apical', modelName: 'Apical' },
    images: { [clip]: { reference, region: { x0: 64, y0: 24, x1: 256, y1: 216 }, analysedFrames: [0, 2, 4, 6] } },
    overlays: { 'left-ventricular-ejection-fraction': overlay },
  };
}

const nothingAssessed = (because: 'no-suitable-view' | 'model-failed'): Partial<Assessment> => ({
  findings: definitions.map(({ id }) => ({ kind: 'not-assessed', id, because })),
});

describe('the measurement report', () => {
  const root = measurementReport.content(subject());
  const groups = containers(root, '125007');
  const lines = (index: number): readonly string[] => groups[index]!.children.map(({ item }) => say(item));

  test('has one group for each finding that was assessed, what matters most first', () => {
    expect(groups.map((group) => say(group.children[0]!.item))).toEqual([
      '112039 = Left ventricular ejection fraction',
      '112039 = Left ventricle size',
      '112039 = Pericardial effusion',
      '112039 = Mitral valve clip',
    ]);
  });

  test('calls no object ultrasound of the heart that is none, such as a CT of the same study', () => {
    const { assessment, images, ...rest } = subject();
    const ct = { sopClass: deriveUid('ct'), sopInstance: deriveUid('x'), series: deriveUid('s') };
    const held = { ...images, [ct.sopInstance]: { ...images[clip]!, reference: ct } };
    const library = (because: 'not-ultrasound' | 'still'): number => {
      const clips = assessment.clips.map((each) =>
        each.sopInstance === ct.sopInstance ? { ...each, eligibility: { kind: 'ineligible', because } as const } : each,
      );
      const content = measurementReport.content({ ...rest, images: held, assessment: { ...assessment, clips } });
      return containers(content, '126200')[0]!.children.filter(({ item }) => item.valueType === 'IMAGE').length;
    };
    expect([library('still'), library('not-ultrasound')]).toEqual([2, 1]);
  });

  test('states value, unit, site, region on the key frame, clip and explanation of a measurement', () => {
    expect(lines(0)).toEqual(
      expect.arrayContaining([
        '18043-0 = 57.3 %',
        '363698007 = 87878005',
        '111030 = 64,24 256,24 256,216 64,216 64,24 frame 5',
        'similarity = 0.2313 1',
        `121112 = ${clip}`,
        `130401 = ${overlay.sopInstance}`,
      ]),
    );
  });

  test('draws findings of one key frame on frames of their own, and states the key frame of each', () => {
    const drawnOn = groups.map((group) => say(group.children.find(({ item }) => item.valueType === 'SCOORD')!.item));
    expect(drawnOn.map((line) => line.split(' ').at(-1))).toEqual(['5', '3', '7', '1']);
    const keyFrames = groups.map((group) =>
      walk(group).flatMap(({ item }) => (item.valueType === 'IMAGE' && item.image.frames ? [item.image.frames] : [])),
    );
    expect(keyFrames).toEqual([[[5]], [[5]], [[5]], [[5]]]);
  });

  test('states the interval as distances from the value, without the noise of binary fractions', () => {
    const said = walk(root).map(({ item }) => say(item));
    expect(said).toEqual(expect.arrayContaining(['371885007 = 7.2 %', '371886008 = 6.6 %', 'interval-level = 90 %']));
  });

  test('codes answer and threshold of a question', () => {
    expect(lines(1)).toEqual(
      expect.arrayContaining(['lv-size = 373128001', 'similarity = 0.27 1', 'threshold = 0.2 1']),
    );
  });

  test('ranks a similarity among those of the calibration', () => {
    expect(lines(2)).toContain('similarity = 0.11 1');
    const ranked = walk(root).filter(({ item }) => item.valueType === 'NUM' && item.name.value === '121415');
    expect(ranked.map(({ item }) => say(item))).toEqual(['121415 = 37 %']);
  });

  test('names a concept as Finding only where it was found', () => {
    const found = groups.map((group) =>
      group.children.some(({ item }) => item.valueType === 'CODE' && item.name.value === '121071'),
    );
    expect(found).toEqual([true, true, false, false]);
  });

  test('says of every similarity that it is no probability', () => {
    const similarities = walk(root).filter(({ item }) => item.valueType === 'NUM' && item.name.value === 'similarity');
    expect(similarities).toHaveLength(4);
    for (const { item } of similarities) expect(item.name?.meaning).toContain('no probability');
  });

  test('identifies the algorithm of each number, with the digest and the sentence', () => {
    for (const { item } of walk(root)) {
      if (item.valueType !== 'NUM' || !['18043-0', 'similarity', 'threshold'].includes(item.name.value)) continue;
      const said = (item.children ?? []).map((child) => say(child.item)).join('\n');
      expect(said).toMatch(/111001 = EchoCLIP\n111003 = 1\n111002 = .*feed\n111002 = Sentence: .+\n111000 = 123110/);
    }
  });

  test('says why a finding was not assessed, and that not all algorithms succeeded', () => {
    const [evaluations] = containers(root, 'C0034375');
    expect(evaluations!.children.map(({ item }) => say(item))).toEqual(
      expect.arrayContaining([
        '360129009 = model-failed',
        '111017 = 111243',
        'statement = For research use only. Not for clinical use.',
      ]),
    );
  });

  test.each([
    ['no-suitable-view', '111241'],
    ['model-failed', '111245'],
  ] as const)('without any assessment because of %s has no measurements, and a status of %s', (because, status) => {
    const report = measurementReport.content(subject(nothingAssessed(because)));
    expect(containers(report, '126010')).toEqual([]);
    const said = containers(report, 'C0034375')[0]!.children.map(({ item }) => say(item));
    expect(said).toContain(`111017 = ${status}`);
    expect(said.filter((line) => line.endsWith(`= ${because}`))).toHaveLength(definitions.length);
  });

  test('of a phantom model says so', () => {
    const report = measurementReport.content(subject({ model: { ...model, phantomOnly: true } }));
    expect(walk(report).map(({ item }) => say(item))).toContain('statement = PHANTOM MODEL, NOT FOR PATIENTS');
  });

  test('tracks a finding by one UID through all revisions', () => {
    const uid = (changes: Partial<Assessment>): string =>
      say(containers(measurementReport.content(subject(changes)), '125007')[0]!.children[1]!.item);
    expect(uid({ revision: 2, sourceDigest: 'd2' })).toBe(uid({}));
    expect(uid({ study: deriveUid('another') as StudyUid })).not.toBe(uid({}));
  });

  test.each([
    ['a finding that nothing defines', { definitions: [] }],
    ['a clip that is not among the sources', { findings: findings(deriveUid('elsewhere')) }],
    [
      'a value outside its interval',
      {
        findings: [{ ...findings(clip)[0]!, interval: { lower: 60, upper: 70, level: 0.9 } }] as Assessment['findings'],
      },
    ],
  ])('is not written for %s', (_, changes) => {
    expect(() => measurementReport.content(subject(changes))).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID' }),
    );
  });
});

describe('the report in words', () => {
  const paragraphs = (changes: Partial<Assessment> = {}): readonly string[] =>
    walk(textReport.content(subject(changes))).flatMap(({ item, relationship }) =>
      item.valueType === 'TEXT' && relationship === 'CONTAINS' ? [item.text] : [],
    );

  test('says every finding in one sentence', () => {
    expect(paragraphs()).toEqual(
      expect.arrayContaining([
        'Left ventricular ejection fraction: 57.3 %.\r\nInterval 50.1 to 63.9 %, which aims at covering 90 % of cases. Similarity 0.2313.',
        'Pericardial effusion: Absent. Similarity 0.1100 (percentile 37), threshold 0.1800.',
        'Left ventricle size: Markedly enlarged. Similarity 0.2700, threshold 0.2000.',
        'Mitral valve clip: no answer, the model has no threshold for it. Similarity 0.0900.',
        'Pacemaker lead: NOT ASSESSED, the model failed on every suitable clip.',
      ]),
    );
  });

  test('begins with the research statement, and with the phantom statement before it where that holds', () => {
    expect(paragraphs()[0]).toBe('For research use only. Not for clinical use.');
    expect(paragraphs({ model: { ...model, phantomOnly: true } }).slice(0, 2)).toEqual([
      'PHANTOM MODEL, NOT FOR PATIENTS',
      'For research use only. Not for clinical use.',
    ]);
  });

  test('names both models with their digests, and counts what became of the objects', () => {
    const text = paragraphs().join('\n');
    expect(text).toContain(
      'Model: EchoCLIP 1 by Cedars-Sinai, SHA-256 of weights, sentences, calibration and preprocessing: feed.',
    );
    expect(text).toContain('View classifier: Views 1');
    expect(text).toContain('2 objects: not analysed, colour Doppler.\n1 object: view A4C, analysed.');
  });

  test('says that nothing was assessed, and that this is no normal result', () => {
    expect(paragraphs(nothingAssessed('no-suitable-view'))).toEqual(
      expect.arrayContaining([
        'The algorithm ran; nothing was assessed. This says neither normal nor abnormal.',
        'Left ventricular ejection fraction: NOT ASSESSED, no clip of a suitable view.',
      ]),
    );
  });

  test('of a later revision says that it replaces the one before', () => {
    expect(paragraphs({ revision: 2 })).toContain('Revision 2; it replaces the report before it.');
  });
});
