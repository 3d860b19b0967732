import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { parseCalibration } from '#models/calibration';
import { loadFindings } from '#models/echoclip/findings';
import { makePhantomClip, type PhantomClip } from '#models/phantom/clip';
import { encodePhantom } from '#models/phantom/phantom-dicom';
import { identityOf } from '#models/phantom/study';
import { makeAvi } from '#test/support/make-avi';
import { apical } from '#test/support/agent-process';

const folder = mkdtempSync(join(tmpdir(), 'apical-labels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const clips: PhantomClip[] = [];
const day = Date.UTC(2025, 2, 3, 9);

const run = async (...args: readonly string[]) => {
  const ended = await apical('evaluate', '--data', join(folder, 'data'), '--json', ...args);
  return { ...ended, document: JSON.parse(ended.stdout) as Record<string, any> };
};

beforeAll(async () => {
  const rows = ['file,left-ventricular-ejection-fraction,pacemaker-lead,report'];
  for (let index = 0; index < 8; index++) {
    const hasPacemakerLead = index % 2 === 0;
    const heart = { ejectionFraction: 15 + 7 * index, hasPacemakerLead };
    const clip = makePhantomClip({ seed: `labels-${index}`, view: 'A4C', frames: 12, frameTimeMs: 90, heart });
    const identity = identityOf(
      { seed: index, patientId: `P${index}`, patientName: 'PHANTOM', startedAt: day + index * 864e5 },
      0,
    );
    writeFileSync(join(folder, `${index}.dcm`), await encodePhantom(clip, identity));
    rows.push(`${index}.dcm,${heart.ejectionFraction},${Number(hasPacemakerLead)},"A lead, no. ${index}"`);
    clips.push(clip);
  }
  rows.push('missing.dcm,50,1,');
  writeFileSync(join(folder, 'labels.csv'), rows.join('\n'));
}, 120_000);

const out = join(folder, 'out');

test('labelled clips come to a report, a page and a calibration that fits the model', async () => {
  const { document, exitCode } = await run('--labels', join(folder, 'labels.csv'), '--out', out);
  expect(exitCode).toBe(0);
  expect(document).toMatchObject({
    clips: 9,
    refused: { FILE_MISSING: 1 },
    days: ['2025-03-03', '2025-03-10'],
    findings: {
      'left-ventricular-ejection-fraction': { kind: 'measurement', agreement: { n: 8 } },
      'pacemaker-lead': { kind: 'presence', n: 8, positive: 4 },
    },
    retrieval: { n: 8 },
    warnings: expect.arrayContaining(['PHANTOM MODEL, NOT FOR PATIENTS']),
  });
  expect(document['findings']['pacemaker-lead'].auc).toBeGreaterThan(0.5);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(page).toContain('PHANTOM MODEL, NOT FOR PATIENTS');
  for (const picture of ['ROC curve', 'Scatter', 'Bland–Altman']) expect(page).toContain(`aria-label="${picture}`);
  const json = readFileSync(join(out, 'calibration.json'), 'utf8');
  const { checkpoint } = JSON.parse(json) as { checkpoint: string };
  const calibration = parseCalibration(json, { checkpoints: [checkpoint], definitions: await loadFindings() });
  expect(calibration).toMatchObject({ cases: 8, from: '2025-03-03', to: '2025-03-10', origin: 'labels.csv' });
  expect(Object.keys(calibration.findings).sort()).toEqual(['left-ventricular-ejection-fraction', 'pacemaker-lead']);
}, 240_000);

test('a run that was interrupted goes on where it was, and comes to the same', async () => {
  const answers = join(out, 'answers.jsonl');
  const whole = readFileSync(answers, 'utf8');
  const report = readFileSync(join(out, 'report.json'), 'utf8');
  writeFileSync(answers, whole.slice(0, whole.length - 500)); // cut off in the middle of a line
  rmSync(join(folder, '0.dcm')); // answered before: not looked at again
  await run('--labels', join(folder, 'labels.csv'), '--out', out);
  expect(readFileSync(answers, 'utf8')).toBe(whole);
  expect(readFileSync(join(out, 'report.json'), 'utf8')).toBe(report);
}, 240_000);

test('films in the layout of EchoNet-Dynamic are answered, and no days are made up', async () => {
  const videos = join(folder, 'echonet', 'Videos');
  mkdirSync(videos, { recursive: true });
  for (const [index, { frames, columns, rows }] of clips.slice(0, 2).entries()) {
    const side = { width: 112, height: 112 };
    const jpegs = await Promise.all(
      frames.map((frame) =>
        sharp(frame, { raw: { width: columns, height: rows, channels: 3 } })
          .resize(112, 112)
          .jpeg()
          .toBuffer(),
      ),
    );
    writeFileSync(join(videos, `0X${index}.avi`), makeAvi(jpegs, { ...side, microseconds: 20_000 }));
  }
  const list = join(folder, 'echonet', 'FileList.csv');
  writeFileSync(list, 'FileName,EF,Split\n0X0,15,TEST\n0X1,22,TEST\n0X9,50,TRAIN\n');
  const to = join(folder, 'echonet-out');
  const { document } = await run('--labels', list, '--out', to, '--split', 'TEST');
  expect(document).toMatchObject({
    clips: 2,
    refused: {},
    findings: { 'left-ventricular-ejection-fraction': { agreement: { n: 2 } } },
  });
  expect(statSync(join(to, 'calibration.json'), { throwIfNoEntry: false })).toBeUndefined();
}, 240_000);

test('a table that cannot be used is refused in a sentence', async () => {
  writeFileSync(join(folder, 'bad.csv'), 'file,mood\na.dcm,good\n');
  const { exitCode, stderr } = await run('--labels', join(folder, 'bad.csv'), '--out', out);
  expect(exitCode).toBe(64);
  expect(stderr).toContain('no column is a finding');
}, 120_000);
