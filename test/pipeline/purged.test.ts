import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Rule } from '#domain/rule';
import type { Destination } from '#src/ports';
import { openDatabase } from '#store/open';
import { createPurge } from '#store/purge';
import { openStory, send, study } from './fakes.ts';

// A study that has left the archive, and comes again.

let story: Awaited<ReturnType<typeof openStory>>;
let sent: string[];
const archive: Destination = {
  name: 'pacs',
  async deliver(instance) {
    sent.push(instance.facts.sopInstance);
    return { kind: 'proved', proof: 'committed' };
  },
};
const weak: Rule = { name: 'weak', priority: 'HIGH', message: 'EF', notify: [], finding: 'ef', valueMax: 30 };
beforeEach(async () => {
  sent = [];
  story = await openStory({ destinations: [archive], rules: [weak], findings: { a: 20 } });
  await send(story.receive, { name: 'a' });
  await story.run();
  const folder = join(story.folder, 'archive');
  const database = openDatabase(folder);
  expect(await createPurge(database, folder).take(study, ['pushed'])).toBe(true);
  database.close();
});
afterEach(() => story.close());

const documents = async () => (await story.ledger().documents(study)).map(({ sopInstance }) => sopInstance);

test('the same study is a repair: no new revision, and the same documents are made and sent again', async () => {
  expect(await story.ledger().study(study)).toBeUndefined();
  const before = await documents();
  await send(story.receive, { name: 'a' });
  await story.run();
  expect((await story.ledger().study(study))?.state).toEqual({ kind: 'assessed', revision: 1 });
  expect(await documents()).toEqual(before);
  for (const uid of before) expect(await story.ledger().instance(uid)).toBeDefined();
  expect(new Set(sent)).toEqual(new Set(before));
  expect(await story.ledger().deliveries(study)).toMatchObject([{ state: 'delivered', proof: 'committed' }]);
});

test('it is as urgent again as its settled study was, and not by the early word of its first clip alone', async () => {
  const was = (await story.ledger().assessment(study))!;
  await send(story.receive, { name: 'a' });
  await story.run();
  expect((await story.ledger().study(study))?.triage).toMatchObject({
    stage: 'settled',
    priority: 'HIGH',
    reasons: [{ rule: 'weak', standing: 'confirmed' }],
  });
  expect(await story.ledger().assessment(study)).toEqual(was);
});

test('with another clip it is the next revision', async () => {
  const before = await documents();
  await send(story.receive, { name: 'a' });
  await send(story.receive, { name: 'b' });
  await story.run(story.clock.now() + 90_000);
  expect((await story.ledger().study(study))?.state).toEqual({ kind: 'assessed', revision: 2 });
  expect((await documents()).filter((uid) => !before.includes(uid))).toHaveLength(1);
});
