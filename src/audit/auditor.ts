import { asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Clock } from '#src/ports';
import type { Access } from '#domain/access';
import { factOf, factOfAccess, type AuditFact } from './fact.ts';
import { writeMessage, type AuditSource } from './message.ts';
import type { AuditSpool } from './spool.ts';
import { syslogMessage, type SyslogSender } from './syslog.ts';
import { messagesOf, type TellingDoors } from './tell.ts';
import { transmit, type AuditRepository } from './transport.ts';

/** Writes down what belongs into the audit log, and tells it to the repository until that has it. */
export interface Auditor {
  /** Listens to events. */
  readonly record: Publish;
  /** Listens to requests that were answered. */
  accessed(access: Access): void;
  note(fact: AuditFact): void;
  /** Begins to tell. */
  begin(doors: TellingDoors): void;
  /** Tells what is left, if it can be told at once; the rest is told after the next start. */
  close(): Promise<void>;
}

export interface AuditorSettings {
  readonly repository: AuditRepository;
  readonly source: AuditSource;
  readonly sender: SyslogSender;
  /** What happens within this time for one study is told at once. */
  readonly gatherMs?: number;
  readonly backOffFirstMs?: number;
  readonly backOffMaxMs?: number;
}

interface AuditorParts {
  readonly spool: AuditSpool;
  readonly clock: Clock;
  readonly publish: Publish;
}

const batchMax = 500;
const partingMs = 3_000;

export function createAuditor(settings: AuditorSettings, { spool, clock, publish }: AuditorParts): Auditor {
  const { gatherMs = 5_000, backOffFirstMs = 1_000, backOffMaxMs = 300_000 } = settings;
  const stopping = new AbortController();
  const state: { lost: number; doors?: TellingDoors; telling: Promise<void>; closed?: Promise<void> } = {
    lost: 0,
    telling: Promise.resolve(),
  };

  const note = (fact: AuditFact): void => {
    try {
      state.lost += spool.put(clock.now(), fact);
    } catch {
      state.lost += 1; // told by `tellLost`: who brought the event about is not to suffer from it
    }
  };
  const tellLost = (): void => {
    if (state.lost > 0) publish({ kind: 'audit-lost', records: state.lost });
    state.lost = 0;
  };
  /** Tells what happened before; false where nothing waits. */
  const tell = async (before: number, doors: TellingDoors, signal: AbortSignal): Promise<boolean> => {
    const records = spool.oldest(batchMax).filter(({ at }) => at <= before);
    if (records.length === 0) return false;
    const messages = await messagesOf(records, doors);
    const sent = messages.map((message) =>
      syslogMessage(writeMessage(message, settings.source), message.at, settings.sender),
    );
    await transmit(sent, settings.repository, signal);
    spool.remove(records);
    publish({ kind: 'audit-told', messages: sent.length, waiting: spool.size() });
    return true;
  };
  const goOn = async (doors: TellingDoors): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted;) {
      tellLost();
      try {
        const told = await tell(clock.now() - gatherMs, doors, stopping.signal);
        failures = 0;
        if (!told) await clock.sleep(1_000, stopping.signal);
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        const { code, detail } = asAgentError(thrown);
        publish({ kind: 'audit-failed', code, detail, waiting: spool.size() });
        await clock.sleep(Math.min(backOffMaxMs, backOffFirstMs * 2 ** failures), stopping.signal);
        failures += 1;
      }
    }
  };
  return {
    record: (event) => {
      const fact = factOf(event);
      if (fact) note(fact);
    },
    accessed: (access) => {
      const fact = factOfAccess(access);
      if (fact) note(fact);
    },
    note,
    begin(doors) {
      state.doors = doors;
      state.telling = goOn(doors);
    },
    close: () => (state.closed ??= close()),
  };

  async function close(): Promise<void> {
    stopping.abort();
    await state.telling;
    const { doors } = state;
    const soon = AbortSignal.timeout(partingMs);
    try {
      if (doors) while (await tell(Infinity, doors, soon));
    } catch {
      // it lies in the spool, and is told after the next start
    }
    tellLost();
    spool.close();
  }
}
