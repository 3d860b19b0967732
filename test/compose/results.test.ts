import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { deriveUid } from '#domain/uid';
import type { ComposedDocument, Composition } from '#src/ports';
import { sharedPath, testWith } from '#test/support/peers';
import { validate } from '#test/support/validate';
import { aDecision } from './a-decision.ts';
import { aComposition, makeSource, sourceAt, temporaryFolder, withoutView } from './composition.ts';

// All that is written by default, and the reports written on request, before all validators at once: they load slowly.

const needs = [
  'shared:tools/validate.sh',
  'shared:corpus/charset',
  'dciodvfy',
  'dcentvfy',
  'dsrdump',
  'java',
  'gdcminfo',
];
const settings = {
  colours: 'red-green',
  reportClass: 'comprehensive-sr',
  overlayEncoding: 'native',
  softwareVersion: '0.1.0',
  optionalReports: ['echo-sr', 'key-objects', 'pdf', 'segmentation'],
} as const;
const composer = createComposer(settings);
const threeDimensional = createComposer({
  ...settings,
  reportClass: 'comprehensive-3d-sr',
  overlayEncoding: 'jpeg',
  optionalReports: [],
});

const folder = temporaryFolder();
const [sources, results]: string[][] = [[], []];
const kinds = new Set<string>();

async function write(name: string, composition: Composition, by = composer): Promise<readonly ComposedDocument[]> {
  const documents = await by.compose(composition);
  return keep(name, documents);
}

function keep(name: string, documents: readonly ComposedDocument[]): readonly ComposedDocument[] {
  for (const [index, { document, bytes }] of documents.entries()) {
    const file = join(folder.path, `${name}-${index}-${document.kind}.dcm`);
    writeFileSync(file, bytes);
    results!.push(file);
    kinds.add(document.kind);
  }
  return documents;
}

beforeAll(async () => {
  const source = await makeSource(folder.path, { more: { PatientWeight: '070.00', TimezoneOffsetFromUTC: '+0900' } });
  sources!.push(source.path);
  const first = await write('phantom', aComposition(source, { isPhantomOnly: true }));
  const predecessors = first.map(({ document }) => document);
  await write('late-clip', aComposition(source, { revision: 2, sourceDigest: 'd2'.repeat(32), predecessors }));
  const { model } = aComposition(source).assessment;
  const newModel = { ...model, version: '2', digest: 'ab'.repeat(32) };
  await write('superseded', aComposition(source, { revision: 3, model: newModel, predecessors }));
  const early = await write(
    'preliminary',
    aComposition(source, { stage: 'preliminary', revision: 0, sourceDigest: 'd3'.repeat(32) }),
  );
  await write(
    'final',
    aComposition(source, { sourceDigest: 'd5'.repeat(32), predecessors: early.map(({ document }) => document) }),
  );
  await write('no-view', { ...withoutView(source), predecessors });
  const failed = aComposition(source).assessment.findings.map(
    ({ id }) => ({ kind: 'not-assessed', id, because: 'model-failed' }) as const,
  );
  await write('failed', aComposition(source, { findings: failed, sourceDigest: 'd4'.repeat(32) }));
  await writeThreeDimensional(source);
  const [report] = first.filter(({ document }) => document.kind === 'sr');
  const reader = { name: 'anna', isKnown: true };
  keep('amended', [aDecision(aComposition(source, { isPhantomOnly: true }), report!.document, reader)]);
  if (
    needs.every(
      (need) => !need.startsWith('shared:') || spawnSync('test', ['-e', sharedPath(need.slice(7))]).status === 0,
    )
  )
    for (const name of readdirSync(sharedPath('corpus', 'charset')).filter((each) => each !== noStudy)) {
      const sample = sourceAt(sharedPath('corpus', 'charset', name));
      sources!.push(sample.path);
      const { assessment, ...rest } = withoutView(sample);
      await write(name, { ...rest, assessment: { ...assessment, study: sample.instance.facts.study } });
    }
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

/** As the first archives asked for them: another class of report, overlays as JPEG. */
async function writeThreeDimensional(source: Composition['sources'][number]): Promise<void> {
  const facts = { sourceDigest: 'd6'.repeat(32) };
  const first = await write('3d', aComposition(source, { ...facts, isPhantomOnly: true }), threeDimensional);
  const predecessors = first.map(({ document }) => document);
  await write('3d-late', aComposition(source, { ...facts, revision: 2, predecessors }), threeDimensional);
  const { assessment, ...rest } = withoutView(source);
  const noView = { ...assessment, sourceDigest: 'd7'.repeat(32) };
  await write('3d-no-view', { ...rest, assessment: noView }, threeDimensional);
}

/** A fragment to show a sequence's encoding: nothing that could have a result. */
const noStudy = 'chrSQEncoding.dcm';

testWith(
  needs,
  'every kind of result, of every kind of study and character set, passes every validator',
  () => {
    const written = ['sr', 'text-sr', 'echo-sr', 'key-objects', 'pdf', 'segmentation', 'sc', 'decision'];
    expect(kinds).toEqual(new Set(written));
    expect(results!.length).toBeGreaterThan(55);
    const { output, failures } = validate(sources!, results!);
    // Two programs lack something: gdcm 3.0.21 does not know Comprehensive 3D SR, dcm2json 3.6.7 does not write compressed pixels.
    const lacking = /^FAIL (gdcminfo \S+\/3d\S*-\d+-sr\.dcm|dcm2json \S+\/3d\S*-sc\.dcm)$/;
    expect(failures.filter((line) => !lacking.test(line))).toEqual([]);
    const reports = results!.filter((file) => /\d-(sr|text-sr|key-objects|decision)\.dcm$/.test(file));
    expect(output).toContain(`ok   PixelMed TID 1500 x${reports.length} `);
  },
  400_000,
);

testWith(
  [...needs, 'dcmodify'],
  'the validators see what is wrong, so that the test above can fail',
  () => {
    const [overlay] = results!.filter((file) => file.endsWith('-sc.dcm')); // no report: one program less to load
    spawnSync('dcmodify', ['-nb', '-ea', '(0028,0301)', '-m', `(0010,0020)=${deriveUid('another')}`, overlay!]);
    const { status, output } = validate([sources![0]!], [overlay!]);
    expect(status).toBe(1);
    for (const program of ['dciodvfy', 'dcentvfy']) expect(output).toContain(`FAIL ${program}`);
  },
  120_000,
);
