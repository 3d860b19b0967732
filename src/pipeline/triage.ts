import { triageOf, type Circumstances } from '#domain/rule';
import type { Assessment } from '#domain/assessment';
import type { Instance, InstanceFacts } from '#domain/instance';
import type { StudyRow } from '#domain/study';
import type { Triage } from '#domain/triage';
import type { Agent } from './agent.ts';

type Judge = Pick<Agent, 'clock' | 'rules'>;

/** How urgent a study is by its header alone, as its first instance arrives. */
export function triageOnArrival({ study, ...facts }: InstanceFacts, { clock, rules }: Judge): Triage {
  const { lines, usual } = rules();
  return triageOf(
    lines,
    { study, stage: 'arrival', findings: [], prior: [], ...places([facts]), at: clock.now() },
    { usual },
  );
}

/** How urgent a study is by what was found, with what was said of it before and with the patient's study before. */
export async function triageByFindings(
  { study, stage, findings }: Assessment,
  { row, sources }: { row: StudyRow; sources: readonly Instance[] },
  { clock, rules, ledger }: Judge & Pick<Agent, 'ledger'>,
): Promise<Triage> {
  const { lines, usual } = rules();
  const circumstances: Circumstances = {
    study,
    stage,
    findings,
    prior: (await ledger.prior(study))?.findings ?? [],
    ...places(sources.map(({ facts }) => facts)),
    at: clock.now(),
  };
  return triageOf(lines, circumstances, { usual, before: row.triage });
}

function places(
  all: readonly Pick<InstanceFacts, 'locations' | 'station'>[],
): Pick<Circumstances, 'locations' | 'stations'> {
  return {
    locations: [...new Set(all.flatMap(({ locations }) => locations ?? []))],
    stations: [...new Set(all.flatMap(({ station }) => station ?? []))],
  };
}
