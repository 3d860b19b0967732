import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { deriveUid } from '#domain/uid';
import type { ComposedDocument, Composition } from '#src/ports';
import { sharedPath, testWith } from '#test/support/peers';
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

const folder = temporaryFolder();
const [sources, results]: string[][] = [[], []];
const kinds = new Set<string>();

async function write(name: string, composition: Composition): Promise<readonly ComposedDocument[]> {
  const documents = await composer.compose(composition);
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

/** A fragment to show a sequence's encoding: nothing that could have a result. */
const noStudy = 'chrSQEncoding.dcm';

testWith(
  needs,
  'every kind of result, of every kind of study and character set, passes every validator',
  () => {
    expect(kinds).toEqual(new Set(['sr', 'text-sr', 'echo-sr', 'key-objects', 'pdf', 'segmentation', 'sc']));
    expect(results!.length).toBeGreaterThan(45);
    const run = spawnSync(sharedPath('tools', 'validate.sh'), [sources!.join(','), ...results!], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const failures = run.stdout.split('\n').filter((line) => line.startsWith('FAIL'));
    expect([failures, run.status]).toEqual([[], 0]);
    expect(run.stdout).toMatch(/ok {3}PixelMed TID 1500 x\d\d/);
  },
  400_000,
);

testWith(
  [...needs, 'dcmodify'],
  'the validators see what is wrong, so that the test above can fail',
  () => {
    const [overlay] = results!.filter((file) => file.endsWith('-sc.dcm')); // no report: one program less to load
    spawnSync('dcmodify', ['-nb', '-ea', '(0028,0301)', '-m', `(0010,0020)=${deriveUid('another')}`, overlay!]);
    const run = spawnSync(sharedPath('tools', 'validate.sh'), [sources![0]!, overlay!], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    for (const program of ['dciodvfy', 'dcentvfy']) expect(run.stdout).toContain(`FAIL ${program}`);
  },
  120_000,
);
