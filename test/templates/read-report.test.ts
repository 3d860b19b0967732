import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { bufferSource, withFile } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';
import type { ComposedDocument, Composition } from '#src/ports';
import { readReport, type ReportReading } from '#templates/read-report';
import { aComposition, makeSource, temporaryFolder } from '#test/compose/composition';
import { sharedPath, testWith } from '#test/support/peers';

describe('our own reports', () => {
  const folder = temporaryFolder();
  let composition: Composition;
  let documents: readonly ComposedDocument[];
  beforeAll(async () => {
    composition = aComposition(await makeSource(folder.path));
    documents = await createComposer({
      colours: 'red-green',
      reportClass: 'comprehensive-3d-sr',
      overlayEncoding: 'jpeg',
      softwareVersion: '0.1.0',
    }).compose(composition);
  });
  afterAll(() => folder[Symbol.dispose]());
  const reading = (kind: string): ReportReading => {
    const { bytes } = documents.find(({ document }) => document.kind === kind)!;
    return readReport(toDicomJson(readPart10(bufferSource(Buffer.from(bytes)))));
  };

  test('give back what was measured, with unit, interval, site and region', () => {
    const [lvef] = reading('sr').groups;
    const [measured] = composition.assessment.findings;
    expect(lvef).toMatchObject({
      trackingIdentifier: 'Left ventricular ejection fraction',
      finding: { value: '18043-0' },
      sites: [{ value: '87878005' }],
      region: { type: 'POLYLINE', image: { frames: [5] } },
    });
    expect(lvef!.measurements[0]).toMatchObject({ value: 57.3, unit: { value: '%' } });
    expect(lvef!.measurements[0]!.interval).toEqual(measured?.kind === 'measured' ? measured.interval : undefined);
    expect(lvef!.region!.points).toHaveLength(5);
  });

  test('give back answers, and why others are missing', () => {
    const { groups, evaluations } = reading('sr');
    expect(
      groups.map((group) => group.evaluations.map(({ value }) => (typeof value === 'string' ? value : value.meaning))),
    ).toEqual([[], ['Markedly enlarged'], ['Absent'], []]);
    expect(evaluations).toContainEqual({
      name: { value: '360129009', scheme: 'SCT', meaning: 'Cardiac pacemaker lead' },
      value: {
        value: 'model-failed',
        scheme: '99APICAL',
        meaning: 'Not assessed: the model failed on every suitable clip',
      },
    });
  });

  test('give back the paragraphs of the text report', () => {
    const texts = reading('text-sr').paragraphs.map(({ text }) => text);
    expect(texts[0]).toBe('For research use only. Not for clinical use.');
    expect(texts).toContain('Pericardial effusion: Absent. Similarity 0.1100 (percentile 37), threshold 0.1800.');
  });
});

describe('reports of others', () => {
  const sample = (name: string): ReportReading =>
    readReport(withFile(sharedPath('corpus', 'sr', name), (source) => toDicomJson(readPart10(source))));
  const at = (name: string): string => `shared:corpus/sr/${name}`;

  testWith(
    [at('sr_document.dcm')],
    'highdicom: one circle, its area in square centimetres, a site in the old code',
    () => {
      const [group] = sample('sr_document.dcm').groups;
      expect(group).toMatchObject({
        trackingIdentifier: 'Planar ROI Measurements',
        finding: { meaning: 'Spinal cord' },
        sites: [{ meaning: 'Cervico-thoracic spine' }],
        region: { type: 'CIRCLE' },
      });
      expect(group!.measurements).toMatchObject([{ value: 1.7, unit: { value: 'cm2' } }]);
    },
  );

  testWith([at('sr_tid1500_measurement_report.dcm')], 'a group that stands at the wrong place', () => {
    const { groups } = sample('sr_tid1500_measurement_report.dcm');
    expect(groups).toMatchObject([{ finding: { meaning: 'Nodule' }, measurements: [{ value: 12.5 }] }]);
  });

  testWith([at('sr.dcm')], 'a PET report with many groups', () => {
    const { title, groups } = sample('sr.dcm');
    expect(title?.value).toMatch(/^12600\d$/);
    expect(groups.flatMap(({ measurements }) => measurements).length).toBeGreaterThan(0);
  });

  testWith([at('structured_report.dcm')], 'OHIF', () => {
    const { title, groups } = sample('structured_report.dcm');
    expect(title?.value).toBe('126000');
    expect(groups.flatMap(({ measurements }) => measurements).length).toBeGreaterThan(0);
  });

  for (const name of ['report_dfl', 'reportsi.dcm', 'test-SR.dcm', 'PantelisGeorgiadis__sr.dcm'])
    testWith([at(name)], `${name}: no TID 1500, and its title is read without a fault`, () => {
      expect(sample(name).title?.meaning).toMatch(/\w/);
      expect(sample(name).groups).toEqual([]);
    });
});

describe('what is broken', () => {
  const cases: readonly (readonly [string, DicomJson])[] = [
    ['nothing', {}],
    ['an item that is null', { '0040A730': { vr: 'SQ', Value: [null, 3, 'x'] } }],
    [
      'a number that is none',
      {
        '0040A730': {
          vr: 'SQ',
          Value: [
            {
              '0040A040': { vr: 'CS', Value: ['NUM'] },
              '0040A300': { vr: 'SQ', Value: [{ '0040A30A': { vr: 'DS', Value: ['many'] } }] },
            },
          ],
        },
      },
    ],
    ['predecessors of no form', { '0040A360': { vr: 'SQ', Value: [null, {}] } }],
  ];
  test.each(cases)('is read without a fault: %s', (_, json) => {
    expect(readReport(json)).toMatchObject({ groups: [], evaluations: [] });
  });
});
