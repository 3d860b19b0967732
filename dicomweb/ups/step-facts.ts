import type { Instance } from '#domain/instance';
import type { Priority } from '#domain/triage';
import type { Ledger } from '#src/ports/ledger';
import type { Standing } from '#src/ports/worklist';
import { plannedStep, type PlannedStep } from './planned-step.ts';

/** Who performs our steps, and where others fetch what they name. */
export interface Performer {
  /** Our AE title. */
  readonly station: string;
  readonly worklistLabel: string;
  /** DICOMweb root of our archive, as others reach it. */
  readonly archiveUrl: string;
}

/** What a step is made of. */
export interface StepFacts {
  readonly planned: PlannedStep;
  readonly standing: Standing;
  readonly sources: readonly Instance[];
  readonly performer: Performer;
}

/** What a worklist of either kind is told with. */
export interface PerformerDoors {
  readonly ledger: Pick<Ledger, 'instances'>;
  readonly performer: () => Performer;
  /** How urgent a study is that meets no rule. */
  readonly usual: () => Priority;
}

/** What the step of a study that stands so is made of. */
export async function stepFacts(standing: Standing, { ledger, performer, usual }: PerformerDoors): Promise<StepFacts> {
  const sources = await ledger.instances(standing.study.study, 'source');
  return { planned: plannedStep(standing, usual()), standing, sources, performer: performer() };
}
