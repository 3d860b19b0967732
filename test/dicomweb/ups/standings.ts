import type { Assessment } from '#domain/assessment';
import type { ResultDocument } from '#domain/document';
import { Identifying } from '#domain/identifying';
import type { Instance } from '#domain/instance';
import type { StudyState } from '#domain/study';
import type { Priority, Reason, Triage } from '#domain/triage';
import { deriveUid } from '#domain/uid';
import type { Standing } from '#src/ports/worklist';
import { anInstance } from '#test/support/instances';

export const arrivedAt = Date.UTC(2026, 0, 2, 3, 0, 0);

/** A source whose header says who the patient is and which exam. */
export function aSource(name: string, study = 'study'): Instance {
  const instance = anInstance(name, { study });
  const attributes = new Identifying({
    ...instance.facts.attributes.disclose(),
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Ōsaka^Tarō' }] },
    '00100021': { vr: 'LO', Value: ['HOSPITAL'] },
    '00100040': { vr: 'CS', Value: ['M'] },
    '00080050': { vr: 'SH', Value: ['A77'] },
    '00401001': { vr: 'SH', Value: ['RP1'] },
    '00080070': { vr: 'LO', Value: ['Maker'] },
  });
  return { ...instance, facts: { ...instance.facts, attributes } };
}

export function aReason(more: Partial<Reason> = {}): Reason {
  return {
    rule: 'low',
    message: 'LVEF of 30 % or less',
    priority: 'HIGH',
    standing: 'raised',
    notify: [],
    ...more,
  };
}

interface Wanted {
  readonly source?: Instance;
  readonly state?: StudyState;
  readonly stage?: Triage['stage'];
  readonly priority?: Priority;
  readonly reasons?: readonly Reason[];
  readonly assessed?: number;
  readonly documents?: readonly ResultDocument[];
}

/** How a study stands; without anything wanted, as its first instance comes. */
export function aStanding({ source = aSource('a'), state = { kind: 'receiving' }, ...wanted }: Wanted = {}): Standing {
  const { study } = source.facts;
  const { stage, priority = 'HIGH', reasons = [aReason()], assessed, documents = [] } = wanted;
  const settledAt = arrivedAt + 60_000;
  return {
    study: {
      study,
      firstArrivalAt: arrivedAt,
      lastArrivalAt: settledAt,
      instances: 1,
      longestGapMs: 0,
      state,
      ...(stage && { triage: { study, stage, priority, reasons, at: arrivedAt } }),
    },
    ...(assessed !== undefined && {
      assessment: {
        study,
        revision: assessed,
        stage: assessed > 0 ? 'settled' : 'preliminary',
        settledAt,
      } as Assessment,
    }),
    documents,
    source,
  };
}

export function aDocument(
  revision: number,
  kind: ResultDocument['kind'],
  { facts }: Instance = aSource('a'),
): ResultDocument {
  const facet = [facts.study, String(revision), kind];
  return {
    sopInstance: deriveUid('document', ...facet),
    sopClass: deriveUid('class', kind),
    series: deriveUid('series', ...facet),
    study: facts.study,
    revision,
    kind,
    title: kind,
    phantomOnly: true,
  };
}
