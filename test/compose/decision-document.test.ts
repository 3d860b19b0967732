import { expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import type { Reader } from '#domain/decision';
import { aDecision } from './a-decision.ts';
import { aComposition, makeSource, temporaryFolder } from './composition.ts';

const composer = createComposer({
  colours: 'red-green',
  reportClass: 'comprehensive-3d-sr',
  overlayEncoding: 'jpeg',
  softwareVersion: '0.1.0',
});

async function decideIn(folder: string, reader: Reader) {
  const source = await makeSource(folder);
  const composition = aComposition(source, { isPhantomOnly: false });
  const written = (await composer.compose(composition)).map(({ document }) => document);
  const report = written.find(({ kind }) => kind === 'sr')!;
  const made = aDecision(composition, report, reader);
  return { ...made, report, source, json: toDicomJson(readPart10(bufferSource(Buffer.from(made.bytes)))) };
}

const anna = { name: 'anna', isKnown: true };

test('who logged in verifies the document, and it follows the report that it is about', async () => {
  using folder = temporaryFolder();
  const { json, report } = await decideIn(folder.path, anna);
  const text = JSON.stringify(json);
  expect(json['0040A493']?.Value).toEqual(['VERIFIED']);
  expect(JSON.stringify(json['0040A073'])).toContain('anna');
  expect(JSON.stringify(json['0040A360'])).toContain(report.sopInstance);
  expect(text).toContain('Ejection fraction: the reader says 40 %; the AI report says 34 %.');
  expect(json['00080023']?.Value).toEqual(['20261125']);
});

test('where nobody logged in nobody vouches, and the document says so', async () => {
  using folder = temporaryFolder();
  const { json } = await decideIn(folder.path, { name: 'Reader', isKnown: false });
  expect(json['0040A493']?.Value).toEqual(['UNVERIFIED']);
  expect(json['0040A073']).toBeUndefined();
  expect(JSON.stringify(json)).toContain('this decision is not verified');
});
