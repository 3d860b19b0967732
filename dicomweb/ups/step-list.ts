import type { StudyUid } from '#domain/uid';
import type { Workitem } from '#domain/workitem';
import type { Clock } from '#src/ports';
import type { WorkitemRows, WorkitemStore } from '#src/ports/worklist';
import type { EventChannels } from './event-channels.ts';
import { reportsOf, stateReport, type EventReport } from './event-reports.ts';
import { subscribeToNew } from './subscriptions.ts';

/** Our worklist: what changes in it is durable first, and then told to whoever wants to know. */
export interface StepList {
  /** All or nothing. Events go out once it is committed, in the order in which they came about. */
  change<T>(act: (changing: Changing) => T): Promise<T>;
  readonly clock: Clock;
  /** Our AE title: steps that name it are ours to perform. */
  readonly station: string;
  /** Every worklist is told again how a study stands: somebody withdrew it, or asked for it. */
  retell(study: StudyUid): Promise<void>;
}

/** Where steps are changed, within one transaction. */
export interface Changing {
  readonly rows: WorkitemRows;
  /** Writes a step, new or changed, and notes what is to be told of it. */
  save(before: Workitem | undefined, after: Workitem): void;
  /** Notes a further report for all subscribers of its step. */
  tell(report: EventReport): void;
  /** Notes for one of them where steps stand. */
  tellState(ae: string, steps: readonly Workitem[]): void;
}

interface Doors {
  readonly store: WorkitemStore;
  readonly channels: Pick<EventChannels, 'send'>;
  readonly clock: Clock;
  /** Steps that have ended are forgotten after so many milliseconds, unless a subscriber holds them. */
  readonly keepMs: () => number;
  readonly station: string;
  readonly retell: StepList['retell'];
}

export function createStepList({ store, channels, clock, keepMs, station, retell }: Doors): StepList {
  return {
    clock,
    station,
    retell,
    async change(act) {
      const mail: { readonly ae: string; readonly report: EventReport }[] = [];
      const result = await store.transaction((rows) => act(changing(rows, mail, () => clock.now() - keepMs())));
      for (const { ae, report } of mail) channels.send(ae, report);
      return result;
    },
  };
}

function changing(
  rows: WorkitemRows,
  mail: { ae: string; report: EventReport }[],
  forgottenBefore: () => number,
): Changing {
  const tell = (report: EventReport) => {
    for (const { ae } of rows.subscribers(report.uid)) mail.push({ ae, report });
  };
  return {
    rows,
    tell,
    tellState: (ae, steps) => void mail.push(...steps.map((step) => ({ ae, report: stateReport(step) }))),
    save(before, after) {
      rows.put(after);
      if (!before) {
        subscribeToNew(rows, after);
        rows.expire(forgottenBefore());
      }
      reportsOf(before, after).forEach(tell);
    },
  };
}
