import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { completed, faultAtCreation, lacking } from '#dicomweb/ups/requirements';
import { createOwnWorklist, ownStepUid } from '#dicomweb/ups/own-worklist';
import type { DicomJson, Instance } from '#domain/instance';
import type { Standing, Worklist } from '#src/ports/worklist';
import { watchWorklist, type Listener } from '#test/support/worklist-events';
import { send, serveWorklist, toState, type ServedWorklist } from './served.ts';
import { aDocument, aReason, aSource, aStanding } from './standings.ts';

let served: ServedWorklist;
let watcher: Listener;
let worklist: Worklist;
let sources: Instance[];
beforeAll(async () => {
  served = await serveWorklist();
  watcher = await watchWorklist(served.service, 'WATCHER');
  await watcher.next(({ type }) => type === 'status');
  seen = watcher.reports.length;
});
afterAll(async () => {
  await watcher.close();
  await served.stop();
});
const numbers = { study: 0 };
let study: string;
let seen = 0;
beforeEach(() => {
  study = `study ${(numbers.study += 1)}`;
  sources = [aSource('a', study), aSource('b', study)];
  worklist = createOwnWorklist({
    list: served.list,
    ledger: { instances: async () => sources },
    performer: () => ({ station: 'APICAL', worklistLabel: 'Echo', archiveUrl: 'https://apical.example/dicom-web' }),
    usual: () => 'LOW',
  });
});

const tell = (standing: Standing) => worklist.tell(standing, AbortSignal.timeout(10_000));
const standing = (wanted: Parameters<typeof aStanding>[0] = {}) => aStanding({ source: sources[0]!, ...wanted });
const assessing = (revision: number) =>
  standing({ state: { kind: 'assessing', revision }, stage: 'preliminary', assessed: 0 });
const assessed = (revision: number) =>
  standing({
    state: { kind: 'assessed', revision },
    stage: 'settled',
    reasons: [aReason({ standing: 'confirmed' })],
    assessed: revision,
    documents: (['sr', 'text-sr', 'sc'] as const).map((kind) => aDocument(revision, kind, sources[0])),
  });
const uid = (revision = 1, attempt = 1) => ownStepUid({ study: sources[0]!.facts.study, revision, attempt });
const step = async (of = uid()) =>
  (await (await send(`${served.service}/workitems/${of}`, 'GET')).json()) as Record<string, any>;
const value = (dataset: Record<string, any>, tag: string) => dataset[tag]?.Value?.[0];
/** What the watcher was told of this study's steps since the last look, in short. */
const told = async () => {
  // A step of nobody's marks the end.
  const mark = createOwnWorklist({
    list: served.list,
    ledger: { instances: async () => [] },
    performer: () => ({ station: 'MARK', worklistLabel: '', archiveUrl: '' }),
    usual: () => 'LOW',
  });
  const source = aSource('mark', `mark ${(numbers.study += 1)}`);
  await mark.tell(aStanding({ source }), AbortSignal.timeout(10_000));
  const end = ownStepUid({ study: source.facts.study, revision: 1, attempt: 1 });
  await watcher.next((report) => report.uid === end && report.type === 'assigned');
  const fresh = watcher.reports.slice(seen).filter((report) => report.uid !== end);
  seen = watcher.reports.length;
  return fresh.map(({ type, state, description }) => state ?? description ?? type);
};
afterEach(() => void (seen = watcher.reports.length));

describe('a study that arrives', () => {
  test('is a scheduled step whose input is not complete, under the usual priority', async () => {
    await tell(standing());
    const item = await step();
    expect(item).toMatchObject({
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.34.6.1'] },
      '00080018': { vr: 'UI', Value: [uid()] },
      '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
      '00741200': { vr: 'CS', Value: ['LOW'] },
      '00741202': { vr: 'LO', Value: ['Echo'] },
      '00404041': { vr: 'CS', Value: ['INCOMPLETE'] },
      '00404005': { vr: 'DT', Value: ['20260102030000.000+0000'] },
    });
    expect(value(value(item, '00404025'), '00080100')).toBe('APICAL');
    expect(value(value(item, '00404018'), '00080104')).toBe('Computer Aided Detection');
    expect(value(item, '00741204')).toMatch(/research use only/i);
    expect(value(item, '00400400')).toMatch(/research use only/i);
    expect(await told()).toEqual(['SCHEDULED', 'assigned']);
  });

  test('says who the patient is and which exam as its source does, and nothing else of it', async () => {
    await tell(standing());
    const item = await step();
    expect(item).toMatchObject({
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Ōsaka^Tarō' }] },
      '00100020': { vr: 'LO', Value: ['P1'] },
      '00100021': { vr: 'LO', Value: ['HOSPITAL'] },
      '00100030': { vr: 'DA' },
      '0020000D': { vr: 'UI', Value: [sources[0]!.facts.study] },
    });
    expect(value(item, '0040A370')).toMatchObject({ '00080050': { Value: ['A77'] }, '00401001': { Value: ['RP1'] } });
    expect(item).not.toHaveProperty('00080070');
  });

  test('names its clips, and where they are fetched', async () => {
    await tell(standing());
    const input = value(await step(), '00404021');
    const { study, series } = sources[0]!.facts;
    expect(input['00081199'].Value.map((each: any) => value(each, '00081155'))).toEqual(
      sources.map(({ facts }) => facts.sopInstance),
    );
    expect(value(value(input, '0040E025'), '00081190')).toBe(
      `https://apical.example/dicom-web/studies/${study}/series/${series}`,
    );
  });

  test('has all that a step must have', async () => {
    await tell(standing());
    const item = (await step()) as DicomJson;
    expect(faultAtCreation(item)).toBeUndefined();
    expect(completed(item).added).toBe(false);
  });
});

describe('an early finding', () => {
  test('raises the priority, begins the step and tells why', async () => {
    await tell(standing());
    await told();
    await tell(standing({ stage: 'preliminary', assessed: 0 }));
    expect(value(await step(), '00741200')).toBe('HIGH');
    expect(await told()).toEqual([
      'IN PROGRESS',
      'Preliminary, from one clip: LVEF of 30 % or less (HIGH). For research use only.',
    ]);
  });

  test('that a header gives raises the priority before anything was looked at', async () => {
    await tell(standing({ stage: 'arrival', priority: 'MEDIUM' }));
    const item = await step();
    expect([value(item, '00741000'), value(item, '00741200')]).toEqual(['SCHEDULED', 'MEDIUM']);
  });

  test('is withdrawn, and the list says so', async () => {
    await tell(standing({ stage: 'preliminary', assessed: 0 }));
    await told();
    const reasons = [aReason({ standing: 'withdrawn' })];
    await tell(
      standing({ state: { kind: 'assessing', revision: 1 }, stage: 'settled', priority: 'LOW', reasons, assessed: 1 }),
    );
    expect(value(await step(), '00741200')).toBe('LOW');
    // The step was in progress; its input is complete now.
    expect(await told()).toEqual(['IN PROGRESS', 'Assessed: LVEF of 30 % or less (withdrawn). For research use only.']);
  });

  test('of many words is cut to what an ST holds', async () => {
    const reasons = Array.from({ length: 40 }, () => aReason({ message: 'x'.repeat(100) }));
    await tell(standing({ stage: 'preliminary', reasons, assessed: 0 }));
    const text: string = value(value(await step(), '00741002'), '00741006');
    expect(text.length).toBeLessThanOrEqual(1024);
    expect(text).toMatch(/… For research use only\.$/);
  });
});

describe('a study that was assessed', () => {
  test('is completed, and lists its documents with where they are fetched', async () => {
    for (const each of [standing(), assessing(1), assessed(1)]) await tell(each);
    const item = await step();
    expect(value(item, '00741000')).toBe('COMPLETED');
    expect(lacking(item as DicomJson, 'COMPLETED')).toEqual([]);
    const outputs = value(item, '00741216')['00404033'].Value as any[];
    const documents = assessed(1).documents;
    expect(outputs.map((each) => value(value(each, '00081199'), '00081155'))).toEqual(
      documents.map(({ sopInstance }) => sopInstance),
    );
    expect(outputs.map((each) => value(value(each, '0040E025'), '00081190'))).toEqual(
      documents.map(
        ({ series }) => `https://apical.example/dicom-web/studies/${sources[0]!.facts.study}/series/${series}`,
      ),
    );
    expect((await told()).filter((each) => /^[A-Z ]+$/.test(each))).toEqual(['SCHEDULED', 'IN PROGRESS', 'COMPLETED']);
  });

  test('without anything to analyse is completed all the same', async () => {
    const nothing = standing({
      state: { kind: 'assessed', revision: 1 }, stage: 'settled', priority: 'LOW', reasons: [], assessed: 1,
      documents: [aDocument(1, 'text-sr', sources[0])],
    }); // prettier-ignore
    await tell(nothing);
    const item = await step();
    expect([value(item, '00741000'), value(item, '00741200')]).toEqual(['COMPLETED', 'LOW']);
    expect(await told()).toContain('COMPLETED');
  });

  test('told twice is told to nobody twice', async () => {
    for (const each of [standing(), assessing(1), assessed(1)]) await tell(each);
    await told();
    served.clock.advance(1000);
    const before = await step();
    for (const each of [standing(), assessing(1), assessed(1), assessed(1)]) await tell(each);
    expect(await told()).toEqual([]);
    expect(await step()).toEqual(before);
  });

  test('again, after a late clip, is a new step that names the one it replaces', async () => {
    for (const each of [assessed(1), assessing(2), assessed(2)]) await tell(each);
    const second = await step(uid(2));
    expect(value(value(second, '00741224'), '00081155')).toBe(uid(1));
    expect([value(await step(uid(1)), '00741000'), value(second, '00741000')]).toEqual(['COMPLETED', 'COMPLETED']);
  });
});

describe('a step that was overtaken by a later revision', () => {
  test('is completed with the documents of its own, where it has any', async () => {
    await tell(assessing(1));
    await tell({ ...assessing(2), documents: assessed(1).documents });
    expect(value(await step(uid(1)), '00741000')).toBe('COMPLETED');
    expect(value(await step(uid(2)), '00741000')).toBe('IN PROGRESS');
  });

  test('is canceled where it has none', async () => {
    await tell(assessing(1));
    await tell(assessing(2));
    const first = await step(uid(1));
    expect(value(first, '00741000')).toBe('CANCELED');
    expect(value(value(first, '00741002'), '00741238')).toBe('Superseded by revision 2.');
    expect(lacking(first as DicomJson, 'CANCELED')).toEqual([]);
  });
});

describe('a study that was set aside', () => {
  test('is canceled with its reason; taken up again, it is a new step', async () => {
    await tell(assessing(1));
    await tell(
      standing({ state: { kind: 'set-aside', revision: 1, fault: 'MODEL_UNFIT' }, stage: 'preliminary', assessed: 0 }),
    );
    const canceled = await step();
    expect(value(canceled, '00741000')).toBe('CANCELED');
    const progress = value(canceled, '00741002');
    expect(value(progress, '00741238')).toBe('The model cannot be used as it is. (MODEL_UNFIT)');
    expect(value(value(progress, '0074100E'), '00080104')).toBe('Equipment failure');
    await tell(assessed(1));
    expect(value(await step(), '00741000')).toBe('CANCELED');
    const again = await step(uid(1, 2));
    expect(value(again, '00741000')).toBe('COMPLETED');
    expect(value(value(again, '00741224'), '00081155')).toBe(uid());
  });
});

describe('others', () => {
  const at = (path: string) => `${served.service}/workitems/${uid()}${path}`;

  test('may neither claim nor change a step of ours', async () => {
    await tell(standing());
    const statuses = [
      await send(at('/state'), 'PUT', toState('IN PROGRESS', '2.25.9')),
      await send(at(''), 'POST', { '00741200': { vr: 'CS', Value: ['LOW'] } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 403]);
  });

  test('may have canceled what has not begun', async () => {
    await tell(standing());
    expect((await send(at('/cancelrequest'), 'POST')).status).toBe(202);
    expect(value(await step(), '00741000')).toBe('CANCELED');
    expect(served.retold).toEqual([sources[0]!.facts.study]);
    await tell(standing({ state: { kind: 'set-aside', revision: 1, fault: 'CANCELED_ON_REQUEST' } }));
    expect((await send(`${served.service}/workitems/${uid(1, 2)}`, 'GET')).status).toBe(404);
  });

  test('are told no where it has begun', async () => {
    await tell(assessing(1));
    const answer = await send(at('/cancelrequest'), 'POST');
    expect([answer.status, answer.headers.get('Warning')]).toEqual([
      409,
      `299 ${served.service}: Performer chooses not to cancel.`,
    ]);
    expect(value(await step(), '00741000')).toBe('IN PROGRESS');
  });
});
