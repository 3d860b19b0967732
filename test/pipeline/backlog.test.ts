import { expect, test } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import type { JobKind } from '#domain/job';
import type { Rule } from '#domain/rule';
import { deriveUid, type StudyUid } from '#domain/uid';
import { openStory, send, study } from '#test/pipeline/fakes';

// Many studies at once, on a machine that does ten jobs a second, one after another: how long do the jobs of an urgent
// study wait, from when each could have begun and the study was known to be urgent?

const stepMs = 100;
const kinds: readonly JobKind[] = ['glance', 'look', 'settle', 'assess', 'compose', 'write-back', 'worklist'];
const chapters = ['settle', 'assess', 'compose', 'write-back'] as const;

const byHeader: Rule = { name: 'icu', priority: 'HIGH', message: 'From the ICU', notify: [], station: ['ICU*'] };
const byFinding: Rule = { name: 'weak', priority: 'HIGH', message: 'EF', notify: [], finding: 'ef', valueMax: 30 };

/** What was done for the study that is looked at. */
function doneOf(events: readonly AgentEvent[]) {
  return events.flatMap((event) => (event.kind === 'job-done' && event.study === study ? [event] : []));
}

/** Longest wait of each chapter of the urgent study, which comes last, behind so many others. */
async function waits(backlog: number, rule: Rule): Promise<Readonly<Record<string, number>>> {
  const story = await openStory({
    rules: [rule],
    findings: { urgent: 20 },
    destinations: [{ name: 'pacs', deliver: async () => undefined }],
  });
  try {
    for (let number = 1; number <= backlog; number++)
      await send(story.receive, { name: `s${number}`, of: deriveUid('study', String(number)) as StudyUid });
    await send(story.receive, { name: 'urgent', station: 'ICU 7' });
    const longest: Record<string, number> = {};
    let urgentSince: number | undefined;
    for (let seen = 0; longest['write-back'] === undefined;) {
      const { clock, events } = story;
      await story.tellNext(kinds);
      const since = urgentSince ?? clock.now();
      for (const { job, waitedMs } of urgentSince === undefined ? [] : doneOf(events.slice(seen)))
        longest[job] = Math.max(longest[job] ?? 0, Math.min(waitedMs, clock.now() - since));
      seen = events.length;
      if ((await story.ledger().study(study))?.triage?.priority === 'HIGH') urgentSince ??= clock.now();
      clock.advance(stepMs);
    }
    return longest;
  } finally {
    story.close();
  }
}

test.each([
  ['known by its header', byHeader],
  ['known by the early word of its first clip', byFinding],
])('an urgent study, %s, waits behind two hundred others as long as behind ten', async (_, rule) => {
  const [few, many] = [await waits(10, rule), await waits(200, rule)];
  for (const chapter of chapters) {
    expect([chapter, few[chapter]! <= stepMs]).toEqual([chapter, true]);
    expect([chapter, many[chapter]! <= stepMs]).toEqual([chapter, true]);
  }
});

test('a study that is not urgent does wait: the measure sees a backlog', async () => {
  const never: Rule = { ...byHeader, station: ['nowhere'] };
  const story = await openStory({ rules: [never] });
  for (let number = 1; number <= 50; number++)
    await send(story.receive, { name: `s${number}`, of: deriveUid('study', String(number)) as StudyUid });
  await send(story.receive, { name: 'last' });
  for (let turn = 0; turn < 200; turn++) {
    await story.tellNext(kinds);
    story.clock.advance(stepMs);
  }
  expect(Math.max(...doneOf(story.events).map(({ waitedMs }) => waitedMs))).toBeGreaterThan(20 * stepMs);
  story.close();
});
