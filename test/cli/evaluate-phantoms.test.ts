import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PhantomReport } from '#cli/evaluation/phantom-report';
import { apical } from '#test/support/agent-process';

// From the DICOM file to the answer, on hearts that training never saw. Few of them: the bounds are wider than what
// `apical evaluate --phantoms 200` must show, and narrow enough that a broken step is seen.

const data = mkdtempSync(join(tmpdir(), 'apical-evaluate-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));
let report: PhantomReport & { readonly seconds: number; readonly onPhantoms: boolean };

beforeAll(async () => {
  const size = ['--phantoms', '16', '--pairs', '4', '--frames', '12', '--seed', 'continuous integration'];
  const ended = await apical('evaluate', ...size, '--data', data, '--json');
  if (ended.exitCode !== 0) throw new Error(ended.stderr.slice(-4000));
  report = JSON.parse(ended.stdout) as typeof report;
}, 600_000);

test('says that it was measured on phantoms', () => {
  expect(report.onPhantoms).toBe(true);
});

test('the ejection fraction is right to five points on average', () => {
  expect(report.ejectionFraction!.n).toBe(16);
  expect(report.ejectionFraction!.meanAbsoluteError).toBeLessThan(5);
  expect(Math.abs(report.ejectionFraction!.bias)).toBeLessThan(4);
});

test('devices, effusion and severe dilation are told from their absence', () => {
  const told = ['pacemaker-lead', 'mitraclip', 'impella', 'pericardial-effusion', 'left-ventricular-dilation'];
  for (const id of told) {
    const finding = report.findings[id]!;
    if (!('auc' in finding)) throw new Error(`${id} has no AUC`);
    expect(finding.n).toBe(16);
    expect([id, finding.auc! >= 0.9]).toEqual([id, true]);
  }
});

test('views are recognised, and no Doppler, M-mode or still is let through', () => {
  expect(report.views.n).toBe(32);
  expect(report.views.accuracy).toBeGreaterThan(0.9);
  expect(report.eligibility).toMatchObject({ letThrough: 0, forbidden: 16, wronglyRefused: 0, cines: 32 });
});

describe.each(['grad-cam', 'integrated-gradients'])('%s', (method) => {
  test('shows structures and not their usual places', () => {
    const pointing = Object.values(report.pointing[method]!);
    expect(pointing.map(({ n }) => n)).toEqual([4, 4, 4]);
    expect(pointing.reduce((sum, { inStructure }) => sum + inStructure, 0) / 3).toBeGreaterThan(0.7);
    expect(pointing.reduce((sum, { pairs }) => sum + pairs, 0) / 3).toBeGreaterThan(0.75);
  });
});

test('the mask keeps the sector and leaves nothing that was burned in', () => {
  expect(report.mask.sectorKept).toBeGreaterThan(0.99);
  expect(report.mask.sectorKeptLeast).toBeGreaterThan(0.99);
  expect(report.mask.burnedInLeftMost).toBe(0);
});

test('one clip in eighteen encodings has one view and one ejection fraction', () => {
  expect(report.encodings.n).toBe(18);
  expect(report.encodings.sameView).toBe(true);
  expect(report.encodings.spread).toBeLessThan(1);
});
