import { afterEach, expect, test } from '@jest/globals';
import type { Rule } from '#domain/rule';
import { deriveUid, type StudyUid } from '#domain/uid';
import type { Destination } from '#src/ports';
import type { Standing } from '#src/ports/worklist';
import { openStory, send, study } from '#test/pipeline/fakes';

const weak: Rule = {
  name: 'weak',
  priority: 'HIGH',
  message: 'EF of 30 % or less',
  notify: ['pager'],
  finding: 'ef',
  valueMax: 30,
};
const bedside: Rule = { name: 'bedside', priority: 'HIGH', message: 'From the ICU', notify: [], station: ['ICU*'] };

let story: Awaited<ReturnType<typeof openStory>>;
afterEach(() => story.close());

const triage = async (of = study) => (await story.ledger().study(of))?.triage;
const sent: string[] = [];
const told = (name: string, given: Partial<Destination> = {}): Destination => ({
  name,
  deliver: async ({ facts }) => void sent.push(`${name} ${facts.sopInstance}`),
  ...given,
});

test('the first suitable clip raises the priority while the rest still arrives; the settled study confirms it', async () => {
  story = await openStory({ rules: [weak], findings: { a: 20, b: 22 } });
  await send(story.receive, { name: 'p', view: 'PLAX' });
  await story.run(story.clock.now() + 1_000);
  expect(await triage()).toMatchObject({ stage: 'arrival', priority: 'LOW', reasons: [] });
  await send(story.receive, { name: 'a' });
  await story.run(story.clock.now() + 1_000);
  expect(await triage()).toMatchObject({ stage: 'preliminary', priority: 'HIGH', reasons: [{ standing: 'raised' }] });
  await send(story.receive, { name: 'b' });
  await story.run(story.clock.now() + 30_000);
  expect(await triage()).toMatchObject({ stage: 'settled', priority: 'HIGH', reasons: [{ standing: 'confirmed' }] });
  expect(story.events.filter(({ kind }) => kind === 'study-triaged')).toHaveLength(2);
});

test('an early word that the settled study does not bear out is withdrawn', async () => {
  // The fake model answers by the first clip it is shown: of the settled study that is the one with the smaller UID.
  const [first, second] = ['a', 'b'].sort((x, y) => (deriveUid('object', x) < deriveUid('object', y) ? 1 : -1)) as [
    string,
    string,
  ];
  story = await openStory({ rules: [weak], findings: { [first]: 20, [second]: 60 } });
  await send(story.receive, { name: first });
  await story.run(story.clock.now() + 1_000);
  expect((await triage())?.priority).toBe('HIGH');
  await send(story.receive, { name: second });
  await story.run(story.clock.now() + 30_000);
  expect(await triage()).toMatchObject({ stage: 'settled', priority: 'LOW', reasons: [{ standing: 'withdrawn' }] });
});

test('who is told by rule gets the preliminary report and the final one, and nobody else the preliminary', async () => {
  const destinations = [
    told('pager', { onlyByRule: true, preliminary: true }),
    told('other', { onlyByRule: true }),
    told('pacs'),
  ];
  story = await openStory({ rules: [weak], findings: { a: 20 }, destinations });
  sent.length = 0;
  await send(story.receive, { name: 'a' });
  await story.run();
  const result = (revision: number) => deriveUid('object', `result ${revision}`);
  expect(sent.sort()).toEqual([`pacs ${result(1)}`, `pager ${result(0)}`, `pager ${result(1)}`].sort());
});

test('who was told by rule of an early word is told of its withdrawal', async () => {
  const [first, second] = ['a', 'b'].sort((x, y) => (deriveUid('object', x) < deriveUid('object', y) ? 1 : -1)) as [
    string,
    string,
  ];
  const destinations = [told('pager', { onlyByRule: true, preliminary: true }), told('other', { onlyByRule: true })];
  story = await openStory({ rules: [weak], findings: { [first]: 20, [second]: 60 }, destinations });
  sent.length = 0;
  await send(story.receive, { name: first });
  await story.run(story.clock.now() + 1_000);
  expect(sent).toEqual([`pager ${deriveUid('object', 'result 0')}`]);
  await send(story.receive, { name: second });
  await story.run();
  expect(await triage()).toMatchObject({ priority: 'LOW', reasons: [{ standing: 'withdrawn' }] });
  expect(sent).toEqual([0, 1].map((revision) => `pager ${deriveUid('object', `result ${revision}`)}`));
});

test('no preliminary report is written where nobody waits for one', async () => {
  story = await openStory({ rules: [weak], findings: { a: 20 }, destinations: [told('pacs')] });
  await send(story.receive, { name: 'a' });
  await story.run();
  expect((await story.ledger().documents(study)).map(({ revision }) => revision)).toEqual([1]);
});

test('worklists are told at the arrival, of the early word, of the assessment and of what was written', async () => {
  const standings: string[] = [];
  const tell = async ({ study: { state, triage: urgency }, documents }: Standing) =>
    void standings.push(`${state.kind} ${urgency?.stage} ${urgency?.priority} ${documents.length}`);
  story = await openStory({ rules: [weak], findings: { a: 20 }, worklists: [{ name: 'own', tell }] });
  await send(story.receive, { name: 'a' });
  await story.run();
  expect(standings[0]).toMatch(/^receiving (arrival LOW|preliminary HIGH) 0$/);
  expect(standings).toContain('receiving preliminary HIGH 0');
  expect(standings.at(-1)).toBe('assessed settled HIGH 1');
});

test('an urgent study that comes last is looked at and assessed before two hundred others', async () => {
  story = await openStory({ rules: [bedside], limits: { studyBytesMax: 1e9, queueMax: 10_000 } });
  const uid = (number: number) => deriveUid('study', String(number)) as StudyUid;
  for (let number = 1; number <= 200; number++) await send(story.receive, { name: `s${number}`, of: uid(number) });
  await send(story.receive, { name: 'urgent', of: uid(0), station: 'ICU 2' });
  const first = await story.ledger().claim(['glance', 'look'], 60_000);
  expect(first?.job.study).toBe(uid(0));
  story.clock.advance(10_000);
  const settled = await story.ledger().claim(['settle'], 60_000);
  expect(settled?.job.study).toBe(uid(0));
});

test('a clip that seems worth asking is looked at before those that came before it', async () => {
  story = await openStory();
  await send(story.receive, { name: 'long axis', view: 'PLAX' });
  await send(story.receive, { name: 'short axis', view: 'PSAX' });
  await send(story.receive, { name: 'four chambers' });
  for (let turn = 0; turn < 3; turn++) await story.tellNext(['glance', 'look']);
  expect(await story.ledger().assessment(study)).toMatchObject({ stage: 'preliminary' });
  expect((await story.ledger().looks(study)).map(({ reading }) => reading.view)).toMatchObject([{ view: 'A4C' }]);
  await story.run();
  expect(await story.ledger().looks(study)).toHaveLength(3);
});

test('once a study has had its early word, its other clips let those of other studies go first', async () => {
  story = await openStory();
  const other = deriveUid('study', 'other') as StudyUid;
  for (const name of ['a', 'b', 'c']) await send(story.receive, { name });
  await story.tellNext(['glance', 'look']);
  await send(story.receive, { name: 'd', of: other });
  expect((await story.ledger().claim(['glance', 'look'], 60_000))?.job.study).toBe(other);
});

test('a study is not whole while its sender is still connected, and soon is once it is not', async () => {
  story = await openStory();
  const association = new AbortController();
  await send(story.receive, { name: 'a' }, { over: association.signal });
  await story.run(story.clock.now() + 60_000);
  expect((await story.ledger().study(study))?.state.kind).toBe('receiving');
  association.abort();
  await story.run(story.clock.now() + 5_000);
  expect((await story.ledger().study(study))?.state.kind).toBe('assessed');
});

test('a study is whole as soon as the archive says that it has no more', async () => {
  story = await openStory();
  await send(story.receive, { name: 'a' }, { expected: 2 });
  await story.run(story.clock.now() + 8_000);
  await send(story.receive, { name: 'b' }, { expected: 2 });
  await story.run(story.clock.now() + 2_000); // sooner than any quiet period
  expect(await story.ledger().assessment(study)).toMatchObject({ stage: 'settled', revision: 1 });
});

test("a sender's slow pace in earlier studies is waited for in the next", async () => {
  story = await openStory();
  const later = deriveUid('study', 'later') as StudyUid;
  for (const name of ['a', 'b']) {
    await send(story.receive, { name });
    story.clock.advance(40_000); // 40 s between clips: each alone would have settled after 10
  }
  await send(story.receive, { name: 'c', of: later });
  await story.run(story.clock.now() + 40_000);
  expect((await story.ledger().study(later))?.state.kind).toBe('receiving');
  await story.run(story.clock.now() + 30_000);
  expect((await story.ledger().study(later))?.state.kind).toBe('assessed');
});

test('a clip that its assessment had to look at itself is not looked at again', async () => {
  story = await openStory();
  await send(story.receive, { name: 'a' });
  story.clock.advance(11_000);
  await story.tellNext(['settle']);
  await story.tellNext(['assess']); // before the look's turn came
  await story.tellNext(['glance', 'look']);
  expect(story.events.filter(({ kind }) => kind === 'clip-read')).toHaveLength(1);
  expect(await story.ledger().looks(study)).toHaveLength(1);
});

test('an early word that comes after the settled one changes nothing', async () => {
  story = await openStory({ rules: [weak], findings: { a: 60 } });
  await send(story.receive, { name: 'a' });
  await story.run(story.clock.now() + 30_000);
  const settled = await triage();
  expect(settled?.stage).toBe('settled');
  const late = { ...settled!, stage: 'preliminary', priority: 'HIGH' } as const;
  await story.ledger().record({ facts: [{ kind: 'triaged', triage: late }], next: [] });
  expect(await triage()).toEqual(settled);
});
