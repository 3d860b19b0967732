import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DecisionRequest } from '#domain/decision';
import { AgentError } from '#domain/errors';
import { deriveUid, type Uid } from '#domain/uid';
import { assessAgain, retry, sendAgain } from '#pipeline/again';
import { explainOn } from '#pipeline/ask';
import { decide } from '#pipeline/decide';
import type { DecisionTools } from '#src/ports/reading-desk';
import type { Destination } from '#src/ports';
import { openStory, send, study } from './fakes.ts';

// What readers do beside the story, over the real ledger.

let story: Awaited<ReturnType<typeof openStory>>;
let trouble: AgentError | undefined;
const pacs: Destination = {
  name: 'pacs',
  deliver: async () => {
    if (trouble) throw trouble;
  },
};
const records: Destination = { name: 'records', reports: ['decision'], deliver: async () => undefined };

beforeEach(async () => {
  trouble = undefined;
  story = await openStory({ destinations: [{ ...pacs, reports: ['sr'] }, records] });
  await send(story.receive, { name: 'a' });
});
afterEach(() => story.close());

const tools: DecisionTools = {
  compose: ({ assessment, verdict }) => ({
    document: {
      sopInstance: deriveUid('object', verdict),
      sopClass: deriveUid('class'),
      series: deriveUid('series'),
      study,
      revision: assessment.revision,
      kind: 'decision',
      title: 'Decision',
      phantomOnly: false,
    },
    bytes: Buffer.from(JSON.stringify({ name: verdict })),
  }),
  sign: async (text) => `signed ${text.length}`,
};
const request = (changes: Partial<DecisionRequest> = {}): DecisionRequest => ({
  study,
  verdict: 'accepted',
  comment: '',
  amendments: {},
  reader: { name: 'anna', isKnown: true },
  ...changes,
});
const decided = (changes?: Partial<DecisionRequest>) => decide(request(changes), story.agent(), tools);

test('a decision is an object of its own, sent to those that ask for decisions; the report stays', async () => {
  await story.run();
  const [report] = await story.ledger().documents(study);
  const decision = await decided({ comment: ' agreed ' });
  expect(decision).toMatchObject({ report: report!.sopInstance, comment: 'agreed', signature: 'signed 64' });
  expect(await story.ledger().decisions(study)).toEqual([decision]);
  expect(await story.ledger().study(study)).toMatchObject({ decided: 'accepted' });
  await story.run();
  const deliveries = await story.ledger().deliveries(study);
  expect(deliveries.filter(({ document }) => document === decision.document)).toMatchObject([
    { destination: 'records', state: 'delivered' },
  ]);
  expect(await story.ledger().document(report!.sopInstance)).toEqual(report);
});

test("an amendment keeps the reader's value beside ours", async () => {
  await story.run();
  const { amendments } = await decided({ verdict: 'amended', amendments: { ef: '35 %' } });
  expect(amendments).toMatchObject([{ finding: 'ef', readers: '35 %', ours: expect.stringMatching(/^55/) }]);
});

test.each([
  ['an amendment without a value', { verdict: 'amended' }],
  ['a value where nothing is amended', { amendments: { ef: '35 %' } }],
  ['a value for no finding', { verdict: 'amended', amendments: { other: '35 %' } }],
  ['a comment without end', { comment: 'x'.repeat(1001) }],
] as const)('%s is refused, and nothing is kept', async (_, changes) => {
  await story.run();
  await expect(decided(changes)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  expect(await story.ledger().decisions(study)).toEqual([]);
});

test('nothing can be decided before the report is written', async () => {
  await expect(decided()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a study that is assessed again opens the next revision, and is to be read anew', async () => {
  await story.run();
  await decided();
  await assessAgain(study, story.agent());
  await expect(assessAgain(study, story.agent())).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await story.run();
  expect(await story.ledger().assessment(study)).toMatchObject({ revision: 2 });
  expect(await story.ledger().study(study)).not.toHaveProperty('decided');
});

test('what a destination refused is told again on request, one by one or all', async () => {
  trouble = new AgentError('DESTINATION_REFUSED', '');
  await story.run();
  const [dead] = await story.ledger().setAside(10);
  expect(dead).toMatchObject({ job: { kind: 'write-back', destination: 'pacs' }, fault: 'DESTINATION_REFUSED' });
  trouble = undefined;
  expect(await retry(dead!.id, story.agent())).toBe(1);
  expect(await story.ledger().deliveries(study)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  await story.run();
  expect(await story.ledger().deliveries(study)).toMatchObject([{ state: 'delivered' }]);
  expect(await story.ledger().setAside(10)).toEqual([]);
  expect(await retry('all', story.agent())).toBe(0);
  await expect(retry(dead!.id, story.agent())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('results of a phantom model are not sent, however one asks; a destination that is none is not found', async () => {
  await story.run();
  const [report] = await story.ledger().documents(study);
  const agent = { ...story.agent(), settings: { ...story.agent().settings, deliverPhantomResults: false } };
  await expect(sendAgain(report!.sopInstance, 'pacs', agent)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await expect(sendAgain('1.2' as Uid, 'pacs', agent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(sendAgain(report!.sopInstance, 'x', agent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a sentence is compared with the clip that was used, and nothing of it is kept', async () => {
  await story.run();
  const before = await story.ledger().documents(study);
  const { explanation, frames } = await explainOn({ study, about: { sentence: 'Dilated.' } }, story.agent());
  expect(explanation).toMatchObject({ similarity: 0.2, findingId: 'ef' });
  expect(frames.pixels).toHaveLength(1);
  expect(await story.ledger().documents(study)).toEqual(before);
  await expect(explainOn({ study, about: { finding: 'none' } }, story.agent())).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
});
