import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import { heartOfVisit } from '#models/phantom/course';
import type { TruthDocument } from '#models/phantom/truth-document';
import { startStoreScp } from '#test/dimse/storescp';
import { apical } from '#test/support/agent-process';
import { testWith } from '#test/support/peers';

const folder = mkdtempSync(join(tmpdir(), 'apical-phantom-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  readonly objects: readonly { readonly file: string; readonly study: string; readonly sopInstance: string }[];
}

const make = async (out: string, ...more: readonly string[]): Promise<Made> => {
  const ended = await apical('phantom', '--json', '--frames', '4', '--out', join(folder, out), ...more);
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as Made;
};

const truthOf = (file: string): TruthDocument =>
  JSON.parse(readFileSync(file.replace(/\.dcm$/, '.json'), 'utf8')) as TruthDocument;

describe('apical phantom', () => {
  test('writes objects of each visit of a patient, and beside each what is true of it', async () => {
    const { objects } = await make('serial', '--serial', '2', '--clips', '2', '--views', 'A4C,PLAX', '--with', 'lead');
    expect(objects).toHaveLength(4);
    expect(new Set(objects.map(({ study }) => study)).size).toBe(2);
    const headers = objects.map(({ file }) => readHeader(file).attributes.disclose());
    expect(new Set(headers.map((header) => header['00100020']?.Value?.[0])).size).toBe(1);
    expect(new Set(headers.map((header) => header['00080020']?.Value?.[0])).size).toBe(2);
    for (const { file, sopInstance } of objects) {
      const truth = truthOf(file);
      expect(truth).toMatchObject({ phantom: true, sopInstance, heart: { hasPacemakerLead: true } });
      expect(truth.frames).toHaveLength(4);
      expect(truth.frames[0]!.structures.some(({ polygon }) => polygon.length > 2)).toBe(true);
    }
    expect(truthOf(objects[0]!.file).heart.ejectionFraction).not.toBe(truthOf(objects[2]!.file).heart.ejectionFraction);
  });

  test('the same seed gives the same bytes, and another seed another patient', async () => {
    const bytes = async (out: string, seed: string) =>
      readFileSync((await make(out, '--clips', '1', '--seed', seed)).objects[0]!.file);
    const first = await bytes('one', '5');
    expect(first.equals(await bytes('two', '5'))).toBe(true);
    expect(first.equals(await bytes('three', '6'))).toBe(false);
  });

  test('writes what was asked for: fraction, syntax and samples', async () => {
    const wish = ['--ejection-fraction', '33', '--transfer-syntax', 'rle', '--photometric', 'palette-color'];
    const { objects } = await make('wish', '--clips', '1', ...wish);
    const { transferSyntax, image } = readHeader(objects[0]!.file);
    expect([transferSyntax, image?.photometricInterpretation]).toEqual(['1.2.840.10008.1.2.5', 'PALETTE COLOR']);
    expect(truthOf(objects[0]!.file).heart.ejectionFraction).toBe(33);
  });

  test.each([
    [['--views', 'A9C'], '--views takes'],
    [['--ejection-fraction', '90'], '--ejection-fraction takes percent'],
    [['--photometric', 'palette-color'], 'jpeg-baseline takes ybr-full-422'],
    [['--send', 'A@localhost:1'], 'Say where to'],
  ])('refuses %j in a sentence', async (wish, words) => {
    const ended = await apical('phantom', '--out', join(folder, 'none'), ...wish);
    expect(ended.stderr).toContain(words);
    expect(ended.exitCode).toBe(64);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  testWith(['storescp'], 'sends studies at a rate, each under its own identity', async () => {
    const peer = await startStoreScp('+xa');
    try {
      const to = `${peer.aeTitle}@${peer.host}:${peer.port}`;
      const load = ['--studies', '5', '--rate', '600', '--clips', '2', '--frames', '3', '--json'];
      const ended = await apical('phantom', '--send', to, ...load);
      expect(JSON.parse(ended.stdout)).toMatchObject({ studies: 5, objects: 10, stored: 10, failures: {} });
      expect(ended.exitCode).toBe(0);
      expect(await peer.received()).toHaveLength(10);
    } finally {
      await peer.stop();
    }
  });
});

describe('a patient over several visits', () => {
  const visits = 4;
  const course = (seed: number) =>
    Array.from({ length: visits }, (_, visit) => heartOfVisit(seed, {}, { visit, visits }));

  test('goes one way, and keeps what was implanted', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const hearts = course(seed);
      const steps = hearts.slice(1).map((heart, index) => heart.ejectionFraction - hearts[index]!.ejectionFraction);
      expect(steps.every((step) => step >= 0) || steps.every((step) => step <= 0)).toBe(true);
      const leads = hearts.map(({ hasPacemakerLead }) => Number(hasPacemakerLead));
      expect(leads).toEqual(leads.toSorted());
    }
  });

  test('has a ventricle that is the larger the weaker it is', () => {
    const hearts = [1, 2, 3, 4].flatMap(course).toSorted((a, b) => a.ejectionFraction - b.ejectionFraction);
    expect(hearts[0]!.endDiastolicVolume).toBeGreaterThan(hearts.at(-1)!.endDiastolicVolume);
  });
});
