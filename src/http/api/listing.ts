import type { Assessment } from '#domain/assessment';
import { faults } from '#domain/errors';
import type { StudyRow } from '#domain/study';
import type { Triage } from '#domain/triage';
import type { FaultShown, FindingsSummary, StudyListed, TriageShown } from './study.ts';

/** A study as a line of the list. */
export function listStudy(row: StudyRow, assessment: Assessment | undefined): StudyListed {
  const { study, state, instances } = row;
  return {
    study,
    state: state.kind,
    ...('revision' in state && { revision: state.revision }),
    ...(row.triage && { triage: showTriage(row.triage) }),
    ...(row.decided && { decided: row.decided }),
    ...(state.kind === 'set-aside' && { fault: faultShown(state.fault) }),
    instances,
    firstArrivalAt: isoTime(row.firstArrivalAt),
    lastArrivalAt: isoTime(row.lastArrivalAt),
    ...(assessment && { summary: summarise(assessment) }),
  };
}

function showTriage({ stage, priority, reasons }: Triage): TriageShown {
  const shown = reasons.map(({ rule, message, priority, finding, standing }) => {
    const reason = { rule, message, priority, standing };
    return { ...reason, ...(finding !== undefined && { finding }) };
  });
  return { stage, priority, reasons: shown };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function faultShown(code: string): FaultShown {
  const row = Object.hasOwn(faults, code) ? faults[code as keyof typeof faults] : faults.UNEXPECTED;
  return { code, sentence: row.sentence };
}

/** Whether any model that spoke knows phantoms only. */
export function isPhantomOnly({ model, viewModel }: Pick<Assessment, 'model' | 'viewModel'>): boolean {
  return model.phantomOnly || viewModel.phantomOnly;
}

function summarise(assessment: Assessment): FindingsSummary {
  const { findings, definitions } = assessment;
  const definitionOf = new Map(definitions.map((definition) => [definition.id, definition]));
  const titleOf = (id: string) => definitionOf.get(id)?.title ?? id;
  return {
    measured: findings.flatMap((finding) => {
      const definition = definitionOf.get(finding.id);
      if (finding.kind !== 'measured' || definition?.kind !== 'measurement') return [];
      return [{ id: finding.id, title: definition.title, value: finding.value, unit: definition.unit.value }];
    }),
    notable: findings.flatMap((finding) =>
      finding.kind === 'answered' && finding.notable
        ? [{ id: finding.id, title: titleOf(finding.id), answer: finding.answer.meaning }]
        : [],
    ),
    assessed: findings.filter(({ kind }) => kind !== 'not-assessed').length,
    notAssessed: findings.filter(({ kind }) => kind === 'not-assessed').length,
    phantomOnly: isPhantomOnly(assessment),
  };
}
