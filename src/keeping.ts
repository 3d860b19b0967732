import { schedule } from 'node-cron';
import { asAgentError } from '#domain/errors';
import type { Configuration } from '#config/schema';
import type { Publish } from '#domain/event';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { AgeingStudy, Hold, Purge } from '#store/purge';
import { openEach } from './live-list.ts';
import type { Live } from './live.ts';
import type { Clock } from './ports.ts';

export type KeepingPolicy = Configuration['keeping'];

export interface KeepingDoors {
  readonly purge: Purge;
  readonly clock: Clock;
  readonly publish: Publish;
  /** Called before a study goes. */
  readonly leaving?: (study: StudyUid) => Promise<() => void>;
}

/** Whether an instance stays under the policy: nothing leaves without a limit, and what was sent to us only where the site says so. */
export function keepsUnder({ days, bytesMax, pushedSources }: KeepingPolicy, { role, origin }: Instance): boolean {
  if (days === undefined && bytesMax === undefined) return true;
  return role === 'source' && origin?.kind !== 'poll' && !pushedSources;
}

/** What a look for studies that may go came to. */
export interface KeepingReport {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly gone: readonly { readonly study: StudyUid; readonly bytes: number }[];
  /** How many are due and have to stay, by the reason. */
  readonly held: Readonly<Partial<Record<Hold | 'damaged', number>>>;
}

const dayMs = 86_400_000;
const pageSize = 50;

/** Lets the studies go that are due, the longest untouched first; or, dry, says which would. */
export async function keep(policy: KeepingPolicy, doors: KeepingDoors, { dry = false } = {}): Promise<KeepingReport> {
  const { purge, clock } = doors;
  const before = purge.bytes();
  let bytes = before;
  const gone: { study: StudyUid; bytes: number }[] = [];
  const held: Partial<Record<Hold | 'damaged', number>> = {};
  for await (const ageing of byAge(purge, clock)) {
    // Whoever comes after is younger, so nobody is due any more.
    if (!isDue(ageing, policy, { now: clock.now(), bytes })) break;
    const hold = holdUnder(policy, ageing) ?? (dry ? undefined : await letGo(ageing, policy, doors));
    if (hold !== undefined) {
      held[hold] = (held[hold] ?? 0) + 1;
      continue;
    }
    bytes -= ageing.bytes;
    gone.push({ study: ageing.study, bytes: ageing.bytes });
  }
  return { bytesBefore: before, bytesAfter: bytes, gone, held };
}

/** Looks on schedule for studies that may go, once a limit is set. */
export function scheduleKeeping(live: Live<Configuration>, doors: KeepingDoors) {
  return openEach(
    live,
    ({ keeping }) => ((keeping.days ?? keeping.bytesMax) === undefined ? [] : [{ name: 'keeping', ...keeping }]),
    (policy) => {
      const at: { task?: ReturnType<typeof schedule>; looking?: Promise<void> } = {};
      const look = async (): Promise<void> => {
        at.looking = tellingOf(policy, doors);
        await at.looking;
      };
      return {
        thing: policy,
        begin: () => void (at.task = schedule(policy.schedule, look, { noOverlap: true, suppressMissedWarning: true })),
        async close() {
          await at.task?.destroy();
          await at.looking;
        },
      };
    },
  );
}

async function tellingOf(policy: KeepingPolicy, doors: KeepingDoors): Promise<void> {
  try {
    const { gone, held, bytesAfter } = await keep(policy, doors);
    doors.publish({ kind: 'archive-tidied', studies: gone.length, bytes: bytesAfter, held });
  } catch (thrown) {
    doors.publish({ kind: 'unexpected', where: 'keeping', error: asAgentError(thrown).detail });
  }
}

/** A page at a time, and others get a turn between them. */
async function* byAge(purge: Purge, clock: Clock): AsyncGenerator<AgeingStudy> {
  for (let page = purge.oldest(pageSize); page.length > 0; page = purge.oldest(pageSize, page.at(-1))) {
    yield* page;
    await clock.sleep(0);
  }
}

function isDue(
  { lastArrivalAt }: AgeingStudy,
  { days, bytesMax }: KeepingPolicy,
  { now, bytes }: { now: number; bytes: number },
): boolean {
  const isOld = days !== undefined && lastArrivalAt < now - days * dayMs;
  return isOld || (bytesMax !== undefined && bytes > bytesMax);
}

function holdUnder({ pushedSources }: KeepingPolicy, { hold }: AgeingStudy): Hold | undefined {
  return hold === 'pushed' && pushedSources ? undefined : hold;
}

async function letGo(
  { study, bytes }: AgeingStudy,
  { pushedSources }: KeepingPolicy,
  doors: KeepingDoors,
): Promise<Hold | 'damaged' | undefined> {
  const gone = await doors.leaving?.(study);
  try {
    if (!(await doors.purge.take(study, pushedSources ? ['pushed'] : []))) return 'unfinished';
  } catch (thrown) {
    const { code, detail } = asAgentError(thrown);
    if (code !== 'FILE_MISSING') throw thrown;
    doors.publish({ kind: 'unexpected', where: 'keeping', error: detail });
    return 'damaged';
  }
  gone?.();
  doors.publish({ kind: 'study-purged', study, bytes });
  return undefined;
}
