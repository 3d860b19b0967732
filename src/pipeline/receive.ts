import { finished } from 'node:stream/promises';
import { AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { isSameObject, type Instance, type InstanceFacts, type Origin } from '#domain/instance';
import type { Admission, Ledger } from '#src/ports/ledger';
import type {
  Announced,
  Clock,
  ClipReader,
  InstanceFiles,
  Kept,
  Receive,
  Reception,
  Sender,
  SpoolFile,
} from '#src/ports';
import { judgeHeader } from '#domain/eligibility';
import { soonest } from '#domain/settling';
import type { Agent, StorySettings } from './agent.ts';
import { createBounds, type ReceivingLimits } from './bounds.ts';
import { follow, tellWorklists } from './next.ts';
import type { Senders } from './senders.ts';
import { triageOnArrival } from './triage.ts';
import { createTurns } from './turns.ts';

interface Doors {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly files: InstanceFiles;
  readonly reader: Pick<ClipReader, 'examine'>;
  readonly settings: Pick<StorySettings, 'quietPeriodMs' | 'framesMin'>;
  readonly limits: ReceivingLimits;
  readonly publish: Publish;
  readonly senders: Senders;
  readonly worklists: Agent['worklists'];
  readonly rules: Agent['rules'];
}

/**
 * The story's first chapter, told while the sender waits. Order of writes: the content, the file's name in its place, both
 * synced, then row and settle job in one commit. Before the commit nothing is promised; after it nothing is lost.
 */
export function createReceive(doors: Doors): Receive {
  const inTurn = createTurns(); // one object sent over two associations at once is looked up and admitted by one
  const bounds = createBounds(doors.limits, doors.ledger, doors.clock);
  return async (origin, sender = {}) => {
    await bounds.requireQueue();
    const file = await doors.files.spool();
    return {
      sink: file.sink,
      keep: (announced) => keep({ ...doors, inTurn, bounds }, file, { origin, sender, announced }),
      discard: () => file.remove(),
    } satisfies Reception;
  };
}

interface Receiving extends Doors {
  readonly inTurn: ReturnType<typeof createTurns>;
  readonly bounds: ReturnType<typeof createBounds>;
}

async function keep(
  doors: Receiving,
  file: SpoolFile,
  { origin, sender, announced = {} }: { origin: Origin; sender: Sender; announced?: Announced | undefined },
): Promise<Kept> {
  try {
    if (!file.sink.writableEnded) file.sink.end();
    await finished(file.sink);
    const sealed = await file.seal();
    const facts = await doors.reader.examine(file.path);
    check(facts, announced);
    const repeated = await doors.inTurn(facts.sopInstance, () =>
      admit(doors, file, { facts, ...sealed, origin, sender }),
    );
    const { study, sopInstance } = facts;
    doors.publish({ kind: 'instance-kept', study, sopInstance, bytes: sealed.bytes, by: origin.kind, repeated });
    return { facts, repeated };
  } catch (thrown) {
    throw await refuse(doors, file, { origin, thrown });
  }
}

/** Files the object and enters it with the settle job; true where we had it already, and have its file. */
async function admit(
  doors: Receiving,
  file: SpoolFile,
  { facts, sha256, sender, ...rest }: Pick<Instance, 'facts' | 'sha256' | 'bytes'> & { origin: Origin; sender: Sender },
): Promise<boolean> {
  const { ledger, clock, bounds, senders } = doors;
  const held = await ledger.instance(facts.sopInstance);
  if (held && !isSameObject(held.facts, facts)) throw new AgentError('OBJECT_DIFFERS', facts.sopInstance);
  if (held && (await doors.files.isThere(held))) {
    await file.remove();
    return true;
  }
  if (!held) await bounds.requireStudy(facts, rest.bytes);
  const place = await file.file(facts, sha256);
  const instance: Instance = { facts, sha256, ...rest, file: place, receivedAt: clock.now(), role: 'source' };
  if (held) {
    const { next } = await admissionOf(instance, sender, doors); // what could not be done without the file is done now
    await ledger.record({ facts: [{ kind: 'restored', instance }], next });
    return false;
  }
  await ledger.admit(await admissionOf(instance, sender, doors));
  if (sender.over) senders.note(facts.study, sender.over);
  await bounds.count(facts, rest.bytes);
  return false;
}

/** What follows an instance: a glance, where its header lets it be a clip, and the settling of its study. */
async function admissionOf(instance: Instance, { expected }: Sender, doors: Receiving): Promise<Admission> {
  const { facts, receivedAt } = instance;
  const { study, sopInstance } = facts;
  const { framesMin } = doors.settings;
  const known = await doors.ledger.study(study);
  const triage = known ? known.triage : triageOnArrival(facts, doors);
  const quiet = soonest({ instances: (known?.instances ?? 0) + 1, expected }, doors.settings);
  const settle = follow({ kind: 'settle', study }, doors, triage);
  const glance = follow({ kind: 'glance', study, sopInstance }, doors, triage);
  const isClip = judgeHeader(facts, framesMin).kind === 'eligible';
  return {
    instance,
    next: [{ ...settle, runAt: receivedAt + quiet }, ...(isClip ? [glance] : [])],
    nextOfStudy: tellWorklists(study, doors, triage),
    ...(!known && triage && { triage }),
    ...(expected !== undefined && { expected }),
  };
}

function check(facts: InstanceFacts, announced: Announced): void {
  const differing = (['sopClass', 'sopInstance', 'study'] as const).find(
    (key) => announced[key] !== undefined && announced[key] !== facts[key],
  );
  if (differing) throw new AgentError('OBJECT_MISMATCHED', `${differing} is another one in the data set.`);
}

/** What a sender cannot mend stays in quarantine with its reason; what is our trouble leaves nothing, since it is sent again. */
async function refuse(
  doors: Doors,
  file: SpoolFile,
  { origin, thrown }: { origin: Origin; thrown: unknown },
): Promise<AgentError> {
  const error = asAgentError(thrown);
  const { code, detail } = error;
  if (error.fault.fate === 'retry') {
    await file.remove();
    doors.publish({ kind: 'instance-refused', code, detail, by: origin.kind });
    return error;
  }
  const quarantine = await file.quarantine(error, origin);
  doors.publish({ kind: 'instance-refused', code, detail, by: origin.kind, quarantine });
  return error;
}
