import { describe, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { reportCatalogue } from '#compose/report-catalogue';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { Composition } from '#src/ports';
import { readReport } from '#templates/read-report';
import { aComposition, makeSource, temporaryFolder, withoutView } from '#test/compose/composition';

const templates = await reportCatalogue();

test('the catalogue holds the measurement report and its companion in words, first things first', () => {
  expect(templates.map(({ id }) => id)).toEqual(expect.arrayContaining(['measurement-report', 'text-report']));
  expect(templates[0]!.id).toBe('measurement-report');
});

test('no two reports share an id or a series number', () => {
  expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length);
  expect(new Set(templates.map(({ seriesNumber }) => seriesNumber)).size).toBe(templates.length);
});

const kinds: readonly (readonly [string, (source: Composition['sources'][number]) => Composition])[] = [
  ['with findings of every kind', (source) => aComposition(source)],
  ['with nothing assessed', withoutView],
  ['without a question', (source) => aComposition(source, { findings: [], definitions: [] })],
  ['by a model for phantoms', (source) => aComposition(source, { isPhantomOnly: true })],
];

// One suite for every report that is added.
describe.each(templates.map((template) => [template.id, template] as const))('%s', (_, template) => {
  test.each(kinds)('%s, is written with its statements', async (_, compose) => {
    using folder = temporaryFolder();
    const composition = compose(await makeSource(folder.path));
    const composer = createComposer({
      colours: 'red-green',
      reportClass: 'comprehensive-3d-sr',
      overlayEncoding: 'jpeg',
      softwareVersion: '0',
      reports: [template],
      optionalReports: [template.kind],
    });
    const [report] = (await composer.compose(composition)).filter(({ document }) => document.kind !== 'sc');
    const hasClip = composition.assessment.clips.some(({ used }) => used);
    if (template.isKeyObjectDocument && !hasClip) return expect(report).toBeUndefined();
    expect(report!.document).toMatchObject({ kind: template.kind, sopClass: template.sopClass, title: template.title });
    const { paragraphs } = readReport(toDicomJson(readPart10(bufferSource(Buffer.from(report!.bytes)))));
    const texts = paragraphs.map(({ text }) => text);
    expect(texts.join(' ')).toContain('For research use only. Not for clinical use.');
    expect(texts.join(' ').includes('PHANTOM MODEL, NOT FOR PATIENTS')).toBe(composition.assessment.model.phantomOnly);
  });
});
