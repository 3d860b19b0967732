import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StudyDetail, StudyPage } from '#http/api/study';
import { createSample, patients, type Sample, studies } from './sample.ts';
import { type Started, startService } from './start.ts';

let sample: Sample;
let service: Started;
let parts = [{ name: 'storage', ok: true }];

beforeAll(async () => {
  sample = await createSample();
  const demonstrate = async () => ({ study: studies.assessed });
  service = await startService(sample, { readiness: async () => parts, demonstrate });
});
afterAll(async () => {
  await service.close();
  await sample.archive.remove();
});

const get = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
const json = async <T>(path: string) => (await get(path)).json() as Promise<T>;

describe('what runs here', () => {
  test('the process says that it lives', async () => {
    expect(await json('/health')).toEqual({ status: 'live' });
  });

  test('it is ready when each part is, and says which one is not', async () => {
    expect((await get('/ready')).status).toBe(200);
    parts = [...parts, { name: 'findings', ok: false }];
    const response = await get('/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      ready: false,
      parts: [{ ok: true }, { name: 'findings', ok: false }],
    });
  });

  test('it says how it is reached, which models it runs, and what it is not', async () => {
    expect(await json('/api/about')).toMatchObject({
      dimse: { aeTitle: 'APICAL', host: '127.0.0.1', port: 11112 },
      destinations: ['Hospital PACS', 'Research archive'],
      models: [{ id: 'phantom-echoclip', phantomOnly: true }, { id: 'phantom-view-classifier' }],
      phantomOnly: true,
      demonstration: true,
      notice: 'For research use only. Not a medical device.',
    });
  });

  test('where demonstrations are not made, asking for one finds nothing', async () => {
    const plain = await startService(sample);
    const response = await fetch(`${plain.url}/api/demonstration`, { method: 'POST' });
    const about = await (await fetch(`${plain.url}/api/about`)).json();
    await plain.close();
    expect([response.status, (about as { demonstration: boolean }).demonstration]).toEqual([404, false]);
  });
});

describe('studies', () => {
  test('are listed newest first, page by page, each with its state', async () => {
    const first = await json<StudyPage>('/api/studies?limit=2');
    const second = await json<StudyPage>(first.next!);
    const third = await json<StudyPage>(second.next!);
    expect([first, second, third].map((page) => page.studies.map(({ state }) => state))).toEqual([
      ['assessed', 'assessed'],
      ['assessing', 'receiving'],
      ['set-aside'],
    ]);
    expect(third.next).toBeUndefined();
    expect(third.studies[0]!.fault).toMatchObject({ code: 'MODEL_UNFIT' });
  });

  test('carry a summary of what was found', async () => {
    const { studies: listed } = await json<StudyPage>('/api/studies');
    expect(listed[0]!.summary).toEqual({
      measured: [{ id: 'ejection-fraction', title: 'Left ventricular ejection fraction', value: 34, unit: '%' }],
      notable: [{ id: 'pericardial-effusion', title: 'Pericardial effusion', answer: 'Present' }],
      assessed: 5,
      notAssessed: 1,
      phantomOnly: true,
    });
  });

  test('show each clip with its view or the reason against it, the clip that was used first', async () => {
    const { clips } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    expect(clips.map(({ reading }) => reading)).toEqual([
      {
        kind: 'eligible',
        used: true,
        view: { code: 'A4C', recognised: true, score: 0.97 },
      },
      {
        kind: 'eligible',
        used: false,
        view: { code: 'PLAX', recognised: true, score: 0.91 },
      },
      {
        kind: 'eligible',
        used: false,
        view: { code: 'A2C', recognised: false, score: 0.41 },
      },
      { kind: 'ineligible', because: 'colour-doppler' },
      undefined,
    ]);
  });

  test('show each finding, and why one was not assessed', async () => {
    const { assessment } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    expect(assessment!.findings).toMatchObject([
      {
        title: 'Left ventricular ejection fraction',
        kind: 'measured',
        value: 34,
        unit: '%',
        interval: { lower: 27, upper: 41 },
      },
      { kind: 'answered', answer: 'Present', notable: true, evidence: { keyFrame: 7 } },
      { kind: 'answered', answer: 'Absent', notable: false },
      { kind: 'similarity-only', similarity: 0.187, percentile: 83 },
      { kind: 'answered', answer: 'Normal' },
      { kind: 'not-assessed', because: 'no-suitable-view' },
    ]);
  });

  test('show each document with where it arrived, and addresses that answer', async () => {
    const { documents } = await json<StudyDetail>(`/api/studies/${studies.assessed}`);
    const [report, overlay] = documents;
    expect(overlay).toMatchObject({
      kind: 'sc',
      current: true,
      findingId: 'pericardial-effusion',
      picture: { frames: 24 },
    });
    expect(report!.deliveries).toMatchObject([
      { destination: 'Hospital PACS', state: 'delivered', proof: 'committed' },
      { state: 'waiting', attempts: 3, fault: { sentence: 'The destination does not answer.' } },
    ]);
    const file = await get(report!.download);
    expect(file.headers.get('content-type')).toMatch('application/dicom');
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 128, 132)).toBe('DICM');
    const frame = await get(overlay!.picture!.rendered.replace('{frame}', '24'));
    expect([frame.status, frame.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  });

  test('no answer of ours but the archive names a patient', async () => {
    const ours = [
      '/api/studies',
      '/api/about',
      '/metrics',
      '/ready',
      ...Object.values(studies).map((uid) => `/api/studies/${uid}`),
    ];
    const said = (await Promise.all(ours.map(async (path) => (await get(path)).text()))).join('\n');
    for (const name of patients) expect(said).not.toContain(name.split('^')[0]);
    expect(said).not.toContain('SECRET');
    expect(await (await get('/dicom-web/studies')).text()).toContain('Lindqvist');
  });
});
