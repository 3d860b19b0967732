import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { shippedFont } from '#compose/overlay/font';
import { printable, printableName } from '#compose/pdf/printable';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';
import type { ComposedDocument, Composition } from '#src/ports';
import { readReport } from '#templates/read-report';
import { testWith } from '#test/support/peers';
import { aComposition, makeSource, temporaryFolder, withoutView, type SourceWishes } from './composition.ts';
import { linesOf } from './pdf-text.ts';

const settings = {
  colours: 'red-green',
  reportClass: 'comprehensive-sr',
  overlayEncoding: 'jpeg',
  softwareVersion: '0.1.0',
  optionalReports: ['pdf'],
} as const;
const composer = createComposer(settings);
const folder = temporaryFolder();
let source: Composition['sources'][number];
beforeAll(async () => {
  source = await makeSource(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

const json = ({ bytes }: ComposedDocument): DicomJson => toDicomJson(readPart10(bufferSource(Buffer.from(bytes))));
const value = (document: ComposedDocument, tag: string): unknown => json(document)[tag]?.Value?.[0];

async function printed(composition: Composition) {
  const documents = await composer.compose(composition);
  const of = (kind: string) => documents.find(({ document }) => document.kind === kind)!;
  const report = of('pdf');
  const pdf = pdfIn(report);
  return { report, pdf, lines: linesOf(pdf), words: readReport(json(of('text-sr'))).paragraphs };
}

/** The document's own bytes, by its stated length: the last element of the data set. */
function pdfIn(report: ComposedDocument): Buffer {
  const bytes = Buffer.from(report.bytes);
  const length = Number(value(report, '00420015'));
  const at = bytes.indexOf('%PDF-');
  return bytes.subarray(at, at + length);
}

describe('the printed report', () => {
  test('says what the report in words says, with a picture of each overlay, on pages that say what they are not for', async () => {
    const { lines, words, pdf } = await printed(aComposition(source, { isPhantomOnly: true }));
    const flat = lines.join(' ').replaceAll(/\s+/g, ' ');
    expect(words.length).toBeGreaterThan(8);
    for (const { text } of words) expect(flat).toContain(text.replaceAll(/\s+/g, ' '));
    expect(pdf.toString('latin1').match(/\/Subtype \/Image/g)).toHaveLength(2);
    const pages = pdf.toString('latin1').match(/\/Type \/Page\n/g)!.length;
    const footers = lines.filter((line) => line.startsWith('PHANTOM MODEL, NOT FOR PATIENTS For research use only.'));
    expect(footers).toHaveLength(pages);
  });

  test('has no picture where nothing could be assessed, and says why', async () => {
    const { lines, pdf } = await printed(withoutView(source));
    expect(lines).toContain('Pacemaker lead: NOT ASSESSED, no clip of a suitable view.');
    expect(pdf.toString('latin1')).not.toContain('/Subtype /Image');
  });

  test('has the same bytes whenever and wherever it is made: nothing in it is of now, or deflated', async () => {
    const [first, again] = [await printed(aComposition(source)), await printed(aComposition(source))];
    expect(first.pdf.equals(again.pdf)).toBe(true);
    const text = first.pdf.toString('latin1');
    expect(text.match(/\(D:\d{14}Z\)/g)).toEqual(['(D:20260105233001Z)']); // the settling of the study
    expect(text).not.toContain('FlateDecode');
  });

  test('is an encapsulated document about the clips it was made from', async () => {
    const { report } = await printed(aComposition(source));
    expect(report.document).toMatchObject({ kind: 'pdf', sopClass: '1.2.840.10008.5.1.4.1.1.104.1' });
    const tags = ['00080060', '00420012', '00280301', '00420010'];
    expect(tags.map((tag) => value(report, tag))).toEqual(['DOC', 'application/pdf', 'YES', 'AI Report with Pictures']);
    const origin = value(report, '00420013') as DicomJson;
    expect(origin['00081155']?.Value).toEqual([source.instance.facts.sopInstance]);
  });

  test('is written only where a destination wants it, and never of a preliminary assessment', async () => {
    const kinds = async (optionalReports: readonly 'pdf'[], composition: Composition) =>
      (await createComposer({ ...settings, optionalReports }).compose(composition)).map(
        ({ document }) => document.kind,
      );
    expect(await kinds([], aComposition(source))).not.toContain('pdf');
    expect(await kinds(['pdf'], aComposition(source))).toContain('pdf');
    expect(await kinds(['pdf'], aComposition(source, { stage: 'preliminary' }))).toEqual(['sr']);
  });

  testWith(['dcm2pdf'], 'is given back by dcmtk as it was', async () => {
    const { report, pdf } = await printed(aComposition(source));
    const [file, back] = [join(folder.path, 'report.dcm'), join(folder.path, 'report.pdf')];
    writeFileSync(file, report.bytes);
    expect(spawnSync('dcm2pdf', [file, back], { encoding: 'utf8' }).stderr).toBe('');
    expect(readFileSync(back).subarray(0, pdf.length).equals(pdf)).toBe(true);
  });
});

const note = ' (its other characters are not in the font of this document)';
const names: readonly (readonly [string, NonNullable<SourceWishes['name']>, string])[] = [
  ['Latin', { Alphabetic: 'Müller^Jörg^^Dr.' }, 'Müller, Jörg Dr.'],
  [
    'Japanese',
    { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    `Yamada, Tarou${note}`,
  ],
  ['Korean', { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' }, `Hong, Gildong${note}`],
  ['ideographic only', { Ideographic: '山^太' }, `[U+5C71], [U+592A]${note}`],
  ['Cyrillic', { Alphabetic: 'Люкceмбypг' }, 'Люкceмбypг'],
  ['Greek', { Alphabetic: 'Διονυσιος' }, 'Διονυσιος'],
];
test.each(names)('a %s name is printed without an empty box', async (_, name, expected) => {
  using own = temporaryFolder();
  const { lines } = await printed(aComposition(await makeSource(own.path, { name })));
  expect(lines.join('\n')).not.toContain('\ufffd');
  expect(lines.join(' ')).toContain(expected);
});

test('an Arabic name is one run, so that its words follow each other from right to left', () => {
  const groups = [['قباني', 'لنزار']];
  expect(printableName(groups, shippedFont())).toBe('قباني\u00a0لنزار');
});

test('a character that the font lacks is named by its number', () => {
  expect(printable('A 山 \u{1f600}', shippedFont())).toBe('A [U+5C71] [U+1F600]');
});
