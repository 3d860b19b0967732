import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentError } from '#domain/errors';
import type { Destination } from '#src/ports';
import { openStory, send, study, uidOf } from './fakes.ts';

let story: Awaited<ReturnType<typeof openStory>>;
let attempts: string[];
let triedAt: number[];
let trouble: AgentError | undefined;
const archive: Destination = {
  name: 'pacs',
  async deliver(instance) {
    attempts.push(instance.facts.sopInstance);
    triedAt.push(story.clock.now());
    if (trouble) throw trouble;
  },
};

beforeEach(async () => {
  [attempts, triedAt] = [[], []];
  trouble = undefined;
  story = await openStory({ destinations: [archive] });
});
afterEach(() => story.close());

const assessment = async () => story.ledger().assessment(study);
const deliveries = async () => story.ledger().deliveries(study);

test('a study that settled is assessed, its documents are written and delivered', async () => {
  await send(story.receive, { name: 'a' });
  await story.run();
  expect((await assessment())?.findings).toMatchObject([{ kind: 'measured', value: 55 }]);
  expect(await deliveries()).toMatchObject([{ state: 'delivered', destination: 'pacs' }]);
  expect((await story.ledger().study(study))?.state).toEqual({ kind: 'assessed', revision: 1 });
});

test('a destination is sent the kinds of report that it asked for, and no delivery of another is spoken of', async () => {
  const echoOnly = await openStory({ destinations: [{ ...archive, reports: ['echo-sr'] }] });
  await send(echoOnly.receive, { name: 'a' });
  await echoOnly.run();
  expect(await echoOnly.ledger().documents(study)).toHaveLength(1); // a measurement report
  expect(await echoOnly.ledger().deliveries(study)).toEqual([]);
  expect(attempts).toEqual([]);
  echoOnly.close();
});

test.each([
  [
    { kind: 'proved', proof: 'read-back' },
    { state: 'delivered', proof: 'read-back' },
  ],
  [
    { kind: 'withheld', because: 'SENDER_UNKNOWN' },
    { state: 'withheld', fault: 'SENDER_UNKNOWN' },
  ],
] as const)('what a destination says of a delivery (%o) is kept', async (receipt, kept) => {
  const saying = await openStory({ destinations: [{ name: 'pacs', deliver: async () => receipt }] });
  await send(saying.receive, { name: 'a' });
  await saying.run();
  expect(await saying.ledger().deliveries(study)).toMatchObject([kept]);
  saying.close();
});

test('a clip that comes within the quiet period is waited for', async () => {
  await send(story.receive, { name: 'a' });
  await story.run(story.clock.now() + 8_000);
  await send(story.receive, { name: 'b' });
  await story.run(story.clock.now() + 8_000);
  expect((await assessment())?.stage).toBe('preliminary');
  await story.run();
  expect((await assessment())?.clips).toHaveLength(2);
});

test('a late clip opens the next revision, a repeated one does not', async () => {
  await send(story.receive, { name: 'a' });
  await story.run();
  await send(story.receive, { name: 'a' });
  await story.run();
  expect((await assessment())?.revision).toBe(1);
  await send(story.receive, { name: 'b' });
  await story.run(story.clock.now() + 90_000); // this sender pauses long, so its quiet must be longer
  expect((await assessment())?.revision).toBe(2);
  expect(attempts).toHaveLength(2);
});

test('a study without a suitable view says so for every question', async () => {
  await send(story.receive, { name: 'a', view: 'PLAX' });
  await send(story.receive, { name: 'b', view: 'unsure' });
  await story.run();
  expect((await assessment())?.findings).toEqual([{ kind: 'not-assessed', id: 'ef', because: 'no-suitable-view' }]);
});

test('one broken clip stops no other', async () => {
  await send(story.receive, { name: 'a', broken: true });
  await send(story.receive, { name: 'b' });
  await story.run();
  const clips = (await assessment())?.clips.map(({ eligibility, used }) => [eligibility.kind, used]);
  expect(clips).toContainEqual(['ineligible', false]);
  expect(clips).toContainEqual(['eligible', true]);
});

test('a study with stills only is told apart from one without the view', async () => {
  await send(story.receive, { name: 'a', frames: 1 });
  await story.run();
  expect((await assessment())?.findings).toMatchObject([{ because: 'no-eligible-clip' }]);
});

describe('writing back', () => {
  test('a destination that is away is tried again, and gets the document once it is back', async () => {
    trouble = new AgentError('DESTINATION_UNREACHABLE', 'pacs');
    await send(story.receive, { name: 'a' });
    await story.run(story.clock.now() + 10_600);
    expect(await deliveries()).toMatchObject([{ state: 'waiting', fault: 'DESTINATION_UNREACHABLE' }]);
    trouble = undefined;
    await story.run();
    expect(await deliveries()).toMatchObject([{ state: 'delivered' }]);
  });

  test('a destination that stays away is tried as often as may be, ever more rarely, and then left to a person', async () => {
    trouble = new AgentError('DESTINATION_UNREACHABLE', 'pacs');
    await send(story.receive, { name: 'a' });
    await story.run(story.clock.now() + 60_000);
    expect(attempts).toHaveLength(3); // attemptsMax
    expect(await deliveries()).toMatchObject([{ state: 'dead', fault: 'DESTINATION_UNREACHABLE' }]);
    const failed = story.events.filter((event) => event.kind === 'job-failed');
    expect(failed.map(({ attempt, retryAt }) => [attempt, retryAt !== undefined])).toEqual([
      [1, true],
      [2, true],
      [3, false],
    ]);
    const [first, second, third] = triedAt as [number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(500); // half of backOffFirstMs, and double that
    expect(third - second).toBeGreaterThanOrEqual(1000);
  });

  test('a refusal is set aside for a person', async () => {
    trouble = new AgentError('DESTINATION_REFUSED', 'pacs');
    await send(story.receive, { name: 'a' });
    await story.run();
    expect(attempts).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'dead' }]);
  });
});

test('a process that dies in any chapter finishes the study once it is back', async () => {
  await send(story.receive, { name: 'a' });
  story.clock.advance(11_000);
  for (const kind of ['settle', 'assess', 'compose', 'write-back'] as const) {
    expect((await story.ledger().claim([kind], 60_000))?.job.kind).toBe(kind);
    story.die();
    const again = story.told.length;
    await story.run(story.clock.now() - 1);
    await runOne(kind);
    expect(story.told.length).toBeGreaterThan(again);
  }
  expect(await deliveries()).toMatchObject([{ state: 'delivered' }]);
  expect(await story.ledger().documents(study)).toHaveLength(1);
});

async function runOne(kind: 'settle' | 'assess' | 'compose' | 'write-back') {
  const { tell } = await import('#pipeline/runner');
  const job = await story.ledger().claim([kind], 60_000);
  if (!job) throw new Error(`no ${kind} job`);
  story.told.push(kind);
  const patience = { leaseMs: 60_000, attemptsMax: 3, backOffFirstMs: 1000, backOffMax: 8000 };
  await tell(job, story.agent(), { patience, stop: new AbortController().signal });
}

describe('receiving', () => {
  test('what cannot be read is refused and put in quarantine with its reason', async () => {
    await expect(send(story.receive, 'no object')).rejects.toMatchObject({ code: 'OBJECT_UNREADABLE' });
    expect(story.events).toContainEqual(
      expect.objectContaining({ kind: 'instance-refused', quarantine: expect.any(String) }),
    );
    expect(await story.ledger().study(study)).toBeUndefined();
  });

  test("another patient's object under a known UID is refused", async () => {
    await send(story.receive, { name: 'a', patient: 'P1' });
    await expect(send(story.receive, { name: 'a', patient: 'P2' })).rejects.toMatchObject({ code: 'OBJECT_DIFFERS' });
    expect(
      (await story.ledger().instance(uidOf({ name: 'a' })))?.facts.attributes.disclose()['00100020']?.Value,
    ).toEqual(['P1']);
  });

  test('an object whose file vanished is taken in again, and the study goes on with it', async () => {
    await send(story.receive, { name: 'a' });
    const { ledger, files } = story.agent();
    const held = (await ledger.instance(uidOf({ name: 'a' })))!;
    rmSync(files.path(held));
    expect((await send(story.receive, { name: 'a', frames: 60 })).repeated).toBe(false);
    const restored = (await ledger.instance(uidOf({ name: 'a' })))!;
    expect(restored.sha256).not.toBe(held.sha256);
    expect(await files.isThere(restored)).toBe(true);
    expect((await ledger.study(study))?.instances).toBe(1);
    expect((await send(story.receive, { name: 'a' })).repeated).toBe(true);
    await story.run();
    expect((await assessment())?.findings).toMatchObject([{ kind: 'measured', value: 55 }]);
  });

  test('one object sent twice at once is kept once, and both senders hear of success', async () => {
    const kept = await Promise.all([send(story.receive, { name: 'a' }), send(story.receive, { name: 'a' })]);
    expect(kept.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect((await story.ledger().study(study))?.instances).toBe(1);
  });
});
