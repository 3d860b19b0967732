import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { bufferSource } from '#dicom/byte-source';
import { factsOf } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import type { ComposedDocument, Composition } from '#src/ports';
import { readContent } from '#templates/read-content';
import { readReport } from '#templates/read-report';
import { testWith } from '#test/support/peers';
import {
  aComposition,
  columns,
  makeSource,
  rows,
  study,
  temporaryFolder,
  withoutView,
  type SourceWishes,
} from './composition.ts';

const composer = createComposer({
  colours: 'red-green',
  reportClass: 'comprehensive-3d-sr',
  overlayEncoding: 'jpeg',
  softwareVersion: '0.1.0',
});
const folder = temporaryFolder();
let source: Composition['sources'][number];
let composed: readonly ComposedDocument[];
beforeAll(async () => {
  source = await makeSource(folder.path, { more: { TimezoneOffsetFromUTC: '+0900', PatientAge: '076Y' } });
  composed = await composer.compose(aComposition(source));
});
afterAll(() => folder[Symbol.dispose]());

const json = ({ bytes }: ComposedDocument): DicomJson => toDicomJson(readPart10(bufferSource(Buffer.from(bytes))));
const value = (document: ComposedDocument, tag: string): unknown => json(document)[tag]?.Value?.[0];
const ofKind = (documents: readonly ComposedDocument[], kind: string): readonly ComposedDocument[] =>
  documents.filter(({ document }) => document.kind === kind);
const one = (documents: readonly ComposedDocument[], kind: string): ComposedDocument => ofKind(documents, kind)[0]!;

describe('every document', () => {
  test('carries the identity of patient and study, and the timezone, exactly as the source has them', () => {
    const original = source.instance.facts.attributes.disclose();
    for (const document of composed) {
      const copy = json(document);
      for (const tag of [
        '00100010',
        '00100020',
        '00100030',
        '00100040',
        '00101010',
        '0020000D',
        '00080020',
        '00080030',
        '00080050',
        '00080090',
        '00080201',
      ])
        expect(copy[tag]).toEqual(original[tag]);
    }
  });

  test('is dated by the settling of the study, on its clock', () => {
    for (const document of composed) {
      expect(value(document, '00080023')).toBe('20260106'); // 23:30 UTC on the fifth
      expect(value(document, '00080033')).toBe('083001.250');
    }
  });

  test('has an instance and a series of its own', () => {
    expect(new Set(composed.map(({ document }) => document.sopInstance)).size).toBe(composed.length);
    expect(new Set(composed.map(({ document }) => document.series)).size).toBe(composed.length);
  });

  test('says in its file what is said of it', () => {
    for (const { document, bytes } of composed) {
      const facts = factsOf(readPart10(bufferSource(Buffer.from(bytes))));
      expect(facts).toMatchObject({
        sopInstance: document.sopInstance,
        sopClass: document.sopClass,
        series: document.series,
        study: document.study,
      });
      expect(document).toMatchObject({ study, revision: 1, phantomOnly: false });
    }
  });

  test('names each model as equipment with a UID that changes with its digest', async () => {
    const uid = (document: ComposedDocument): unknown =>
      (value(document, '0018A001') as DicomJson)['00181002']?.Value?.[0];
    const { model } = aComposition(source).assessment;
    const other = await composer.compose(aComposition(source, { model: { ...model, digest: 'ab'.repeat(32) } }));
    expect(uid(composed[0]!)).not.toBe(uid(other[0]!));
  });
});

describe('the same input', () => {
  test('gives the same bytes', async () => {
    const again = await createComposer({
      colours: 'red-green',
      reportClass: 'comprehensive-3d-sr',
      overlayEncoding: 'jpeg',
      softwareVersion: '0.1.0',
    }).compose(aComposition(source));
    expect(again.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).toEqual(
      composed.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    );
  });

  const other: readonly (readonly [string, Parameters<typeof aComposition>[1]])[] = [
    ['revision', { revision: 2 }],
    ['source', { sourceDigest: 'd2'.repeat(32) }],
  ];
  test.each(other)('with another %s gives other UIDs', async (_, wishes) => {
    const before = new Set(composed.map(({ document }) => document.sopInstance));
    const after = await composer.compose(aComposition(source, wishes));
    expect(after.filter(({ document }) => before.has(document.sopInstance))).toEqual([]);
  });

  test('in other colours gives other overlays and a report that names them, but the rest of the study stays', async () => {
    const other = await createComposer({
      colours: 'colour-blind-safe',
      reportClass: 'comprehensive-3d-sr',
      overlayEncoding: 'jpeg',
      softwareVersion: '0.1.0',
    }).compose(aComposition(source));
    const overlay = one(other, 'sc');
    expect(overlay.document.sopInstance).not.toBe(one(composed, 'sc').document.sopInstance);
    expect(JSON.stringify(json(one(other, 'sr')))).toContain(overlay.document.sopInstance);
  });
});

const flags = ['0040A491', '0040A493', '0040A496'];

describe('a preliminary assessment', () => {
  const early = async () => composer.compose(aComposition(source, { stage: 'preliminary', revision: 0 }));

  test('is told in the measurement report alone, which nobody can take for the report', async () => {
    const documents = await early();
    expect(documents.map(({ document }) => [document.kind, document.title])).toEqual([
      ['sr', 'PRELIMINARY AI Measurement Report'],
    ]);
    expect(flags.map((tag) => value(documents[0]!, tag))).toEqual(['PARTIAL', 'UNVERIFIED', 'PRELIMINARY']);
    expect(value(documents[0]!, '0008103E')).toBe('PRELIMINARY AI Measurement Report');
    const { paragraphs } = readReport(json(documents[0]!));
    expect(paragraphs.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^PRELIMINARY: one clip/));
  });

  test('is named as predecessor by the report of the settled study', async () => {
    const [preliminary] = await early();
    const settled = await composer.compose(aComposition(source, { predecessors: [preliminary!.document] }));
    expect(readReport(json(one(settled, 'sr'))).predecessors).toEqual([preliminary!.document.sopInstance]);
    expect(readReport(json(one(settled, 'text-sr'))).predecessors).toEqual([]);
  });
});

describe('reports', () => {
  test('of a settled study are complete, final and unverified', () => {
    for (const kind of ['sr', 'text-sr'])
      expect(flags.map((tag) => value(one(composed, kind), tag))).toEqual(['COMPLETE', 'UNVERIFIED', 'FINAL']);
  });

  test('list every instance that they refer to as evidence', () => {
    const evidence = JSON.stringify(json(one(composed, 'sr'))['0040A375']);
    expect(evidence).toContain(source.instance.facts.sopInstance);
    for (const { document } of ofKind(composed, 'sc')) expect(evidence).toContain(document.sopInstance);
  });

  test('of a later revision name the same report of the revision before', async () => {
    const predecessors = composed.map(({ document }) => document);
    const later = await composer.compose(aComposition(source, { revision: 2, predecessors }));
    for (const kind of ['sr', 'text-sr'])
      expect(JSON.stringify(json(one(later, kind))['0040A360'])).toContain(one(composed, kind).document.sopInstance);
    expect(json(one(composed, 'sr'))['0040A360']).toBeUndefined();
  });

  test('are written without an overlay where there is no apical clip', async () => {
    const documents = await composer.compose(withoutView(source));
    expect(documents.map(({ document }) => document.kind)).toEqual(['sr', 'text-sr']);
  });

  test('are written for objects that are no images', async () => {
    const { image: _, ...facts } = source.instance.facts;
    const composition = withoutView({ ...source, instance: { ...source.instance, facts } });
    const documents = await composer.compose(composition);
    expect(json(one(documents, 'sr'))['0040A375']).toBeUndefined();
  });
});

test('a new version of the model gives new documents that name those of the version before', async () => {
  const { model } = aComposition(source).assessment;
  const predecessors = composed.map(({ document }) => document);
  const newer = { ...model, version: '2', digest: 'ab'.repeat(32) };
  const later = await composer.compose(aComposition(source, { revision: 2, model: newer, predecessors }));
  const before = new Set(predecessors.map(({ sopInstance }) => sopInstance));
  expect(later.filter(({ document }) => before.has(document.sopInstance))).toEqual([]);
  for (const kind of ['sr', 'text-sr'])
    expect(readReport(json(one(later, kind))).predecessors).toEqual([one(composed, kind).document.sopInstance]);
});

describe('an echo report', () => {
  const wishing = createComposer({
    colours: 'red-green',
    reportClass: 'comprehensive-sr',
    overlayEncoding: 'native',
    softwareVersion: '0.1.0',
    optionalReports: ['echo-sr'],
    timezone: '-0300',
  });

  test('is written only where a destination wants it, beside the same other documents', async () => {
    const others = await createComposer({
      colours: 'red-green',
      reportClass: 'comprehensive-sr',
      overlayEncoding: 'native',
      softwareVersion: '0.1.0',
    }).compose(aComposition(source));
    expect(ofKind(others, 'echo-sr')).toEqual([]);
    const documents = await wishing.compose(aComposition(source));
    expect(documents.filter(({ document }) => document.kind !== 'echo-sr')).toEqual(others);
    expect(ofKind(documents, 'echo-sr')).toHaveLength(1);
  });

  test('states the offset of the study, else the one of the site', async () => {
    expect(value(one(await wishing.compose(aComposition(source)), 'echo-sr'), '00080201')).toBe('+0900');
    using own = temporaryFolder();
    const [stateless] = ofKind(await wishing.compose(aComposition(await makeSource(own.path))), 'echo-sr');
    expect(value(stateless!, '00080201')).toBe('-0300');
    expect(value(stateless!, '00080033')).toBe('203001.250'); // 23:30 UTC
  });

  test('holds the values of the measurement report, and no code that names a method of tracing', async () => {
    const documents = await wishing.compose(aComposition(source));
    const found = readContent(json(one(documents, 'echo-sr')));
    const [container] = found.children.filter(({ valueType }) => valueType === 'CONTAINER');
    const numbers = container!.children.map(({ name, number }) => [name?.value, number?.value, number?.unit?.value]);
    expect(numbers).toEqual([['18043-0-AI', 57.3, '%']]);
    const drawn = container!.children[0]!.children.find(({ graphic }) => graphic);
    expect([drawn?.relationship, drawn?.name?.value]).toEqual(['INFERRED FROM', '121112']);
    const { groups } = readReport(json(one(documents, 'sr')));
    expect(numbers[0]![1]).toBe(groups[0]!.measurements[0]!.value);
  });

  test('says of a number that was not measured why there is none', async () => {
    const [report] = ofKind(await wishing.compose(withoutView(source)), 'echo-sr');
    const text = JSON.stringify(json(report!));
    expect(text).toContain('Measurement not attempted');
    expect(text).not.toContain('57.3');
  });
});

describe('a selection of key clips', () => {
  const wishing = createComposer({
    colours: 'red-green',
    reportClass: 'comprehensive-sr',
    overlayEncoding: 'native',
    softwareVersion: '0.1.0',
    optionalReports: ['key-objects'],
  });

  test('names the clips that were used, and no number', async () => {
    const [selection] = ofKind(await wishing.compose(aComposition(source)), 'key-objects');
    expect(value(selection!, '00080060')).toBe('KO');
    expect(json(selection!)['0040A493']).toBeUndefined();
    const { children } = readContent(json(selection!));
    expect(children.flatMap(({ image }) => image?.sopInstance ?? [])).toEqual([source.instance.facts.sopInstance]);
    expect(children.some(({ valueType }) => valueType === 'NUM')).toBe(false);
  });

  test('is not written where no clip was used', async () => {
    expect(ofKind(await wishing.compose(withoutView(source)), 'key-objects')).toEqual([]);
  });
});

describe('an overlay', () => {
  test('plays the chosen frames at the speed of the source', () => {
    const overlay = one(composed, 'sc');
    expect(value(overlay, '00280008')).toBe(4);
    expect(value(overlay, '00181063')).toBe(66.6); // every second frame of 33.3 ms
    expect(value(overlay, '00280009')).toBe('00181063');
  });

  test('says of which frames of which clip it was made, and how it was compressed', () => {
    const overlay = one(composed, 'sc');
    const origin = value(overlay, '00082112') as DicomJson;
    expect(origin['00081155']?.Value).toEqual([source.instance.facts.sopInstance]);
    expect(origin['00081160']?.Value).toEqual([1, 3, 5, 7]);
    expect(json(overlay)['00282114']?.Value).toEqual(['ISO_10918_1', 'ISO_10918_1']);
    expect(json(overlay)['00282112']?.Value).toEqual([12, expect.any(Number)]);
    expect(value(overlay, '00280301')).toBe('YES');
  });

  test('is as wide as the source, and its legend stands below the picture', () => {
    const overlay = one(composed, 'sc');
    expect(value(overlay, '00280011')).toBe(columns);
    expect(value(overlay, '00280010')).toBeGreaterThan(rows);
  });

  test('is not taken for a clip when it comes back', () => {
    expect(value(one(composed, 'sc'), '00080060')).toBe('OT');
  });

  test('is refused where maps and frames do not match', async () => {
    const composition = aComposition(source);
    const [overlay] = composition.overlays;
    const cut = { ...overlay!, frames: { ...overlay!.frames, pixels: overlay!.frames.pixels.slice(1) } };
    await expect(composer.compose({ ...composition, overlays: [cut] })).rejects.toMatchObject({
      code: 'REPORT_INVALID',
    });
  });

  testWith(['fc-list'], 'is the same where the machine has no font at all', () => {
    const conf = join(folder.path, 'fonts.conf');
    writeFileSync(conf, '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>');
    const script = `
      import { drawLegend } from '#compose/overlay/legend';
      import { shippedFont } from '#compose/overlay/font';
      import { createHash } from 'node:crypto';
      const { pixels } = await drawLegend({ warnings: ['Wörter'], lines: ['of a legend'] }, { columns: 320, font: shippedFont(), colours: 'red-green' });
      process.stdout.write(createHash('sha256').update(pixels).digest('hex') + ' ' + pixels.filter((value) => value > 128).length);`;
    const draw = (env: NodeJS.ProcessEnv): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      }).stdout;
    const [withFonts, without] = [draw({}), draw({ FONTCONFIG_FILE: conf, XDG_DATA_HOME: folder.path })];
    expect(withFonts).toMatch(/^[0-9a-f]{64} \d{3,}$/);
    expect(without).toBe(withFonts);
  });
});

const names: readonly (readonly [string, SourceWishes['name']])[] = [
  ['Japanese', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
  ['Korean', { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' }],
  ['Arabic', { Alphabetic: 'قباني^لنزار' }],
  ['Cyrillic', { Alphabetic: 'Люкceмбypг' }],
  ['Greek', { Alphabetic: 'Διονυσιος' }],
];
test.each(names)('a %s name is written as it was read', async (_, name) => {
  using own = temporaryFolder();
  const documents = await composer.compose(aComposition(await makeSource(own.path, { name: name! })));
  for (const document of documents) expect(value(document, '00100010')).toEqual(name);
});

test('an assessment without a source is refused', async () => {
  await expect(composer.compose({ ...aComposition(source), sources: [], overlays: [] })).rejects.toMatchObject({
    code: 'REPORT_INVALID',
  });
});

test('the text report has UIDs that a report in another study never has', async () => {
  const other = await composer.compose(aComposition(source, { study: deriveUid('other study') as typeof study }));
  expect(one(other, 'text-sr').document.sopInstance).not.toBe(one(composed, 'text-sr').document.sopInstance);
});
