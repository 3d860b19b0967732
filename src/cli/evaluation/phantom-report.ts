import type { FindingDefinition } from '#domain/finding';
import { gradeQuestion, scoresOf } from '#evaluate/questions';
import { agreement, mean, type NumberPair } from '#evaluate/statistics/agreement';
import { areaUnderCurve } from '#evaluate/statistics/roc';
import { truthOfFinding } from '#models/phantom/finding-truth';
import type { PairSight, Sight, Sights } from './phantom-evaluation.ts';

/** What an evaluation on phantoms comes to. Shares lie between 0 and 1, errors are in the finding's unit. */
export interface PhantomReport {
  readonly ejectionFraction: NumberReport | undefined;
  readonly findings: Readonly<Record<string, NumberReport | TellingReport>>;
  readonly views: {
    readonly accuracy: number;
    readonly n: number;
    /** By the true view, then by the one that was read. */
    readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly eligibility: {
    /** Doppler, M-mode and stills that were let through to a model. */
    readonly letThrough: number;
    readonly forbidden: number;
    /** B-mode cines that were refused. */
    readonly wronglyRefused: number;
    readonly cines: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  /** By method, then by finding. */
  readonly pointing: Readonly<Record<string, Readonly<Record<string, PointingReport>>>>;
  readonly mask: {
    readonly sectorKept: number;
    readonly sectorKeptLeast: number;
    /** Pixels of the model's input a clip, over its frames; 0 is nothing. */
    readonly burnedInLeft: number;
    readonly burnedInLeftMost: number;
  };
  readonly encodings: {
    readonly n: number;
    readonly sameView: boolean;
    /** Between the lowest and the highest ejection fraction. */
    readonly spread: number | undefined;
    readonly each: Readonly<Record<string, { readonly view: string; readonly ejectionFraction: number | undefined }>>;
  };
}

export interface NumberReport {
  readonly meanAbsoluteError: number;
  readonly bias: number;
  readonly correlation: number | undefined;
  readonly n: number;
}

/** How well similarities tell those who have it; of a grade, the gravest one from all others. */
export interface TellingReport {
  readonly auc: number | undefined;
  readonly grade?: string;
  /** Share of calibrated answers that are right. */
  readonly accuracy: number | undefined;
  readonly positive: number;
  readonly n: number;
}

export interface PointingReport {
  /** Share of clips with the structure whose map is brightest in it. */
  readonly inStructure: number;
  /** Share of pairs in which the map with the structure has more of its heat there than the one without. */
  readonly pairs: number;
  /** Mean share of the heat that lies in the structure's place, with the structure and without it: how far apart the pairs are. */
  readonly heatWith: number;
  readonly heatWithout: number;
  readonly n: number;
}

const fractionId = 'left-ventricular-ejection-fraction';

/** Sums up what was seen. */
export function reportOn(sights: Sights, definitions: readonly FindingDefinition[]): PhantomReport {
  const findings = Object.fromEntries(
    definitions.flatMap((definition) => {
      const report = judge(definition, sights.apical);
      return report ? [[definition.id, report]] : [];
    }),
  );
  const fraction = findings[fractionId];
  return {
    ejectionFraction: fraction && 'meanAbsoluteError' in fraction ? fraction : undefined,
    findings,
    views: viewsOf([...sights.apical, ...sights.otherViews]),
    eligibility: eligibilityOf(sights),
    pointing: pointingOf(sights.pairs),
    mask: maskOf([...sights.apical, ...sights.otherViews]),
    encodings: encodingsOf(sights.encodings),
  };
}

function judge(definition: FindingDefinition, sights: readonly Sight[]): NumberReport | TellingReport | undefined {
  const answered = sights.flatMap(({ truth, answers }) => {
    const known = truthOfFinding(definition.id, truth);
    return known && answers.length > 0 ? [{ known, scores: scoresOf(answers), answers }] : [];
  });
  if (definition.kind === 'measurement') {
    const pairs = answered.flatMap(({ known, scores }): readonly NumberPair[] =>
      known.kind === 'measurement' ? [{ estimate: scores.get(definition.id)!, truth: known.value }] : [],
    );
    const compared = agreement(pairs);
    if (!compared) return undefined;
    const { meanAbsoluteError, bias, correlation, n } = compared;
    return { meanAbsoluteError, bias, correlation, n };
  }
  const gravest = definition.kind === 'grade' ? definition.grades.at(-1) : undefined;
  const question = gravest ? gradeQuestion(definition.id, gravest.id) : definition.id;
  const last = definition.kind === 'grade' ? definition.grades.length - 1 : 0;
  const cases = answered.map(({ known, scores }) => ({
    score: scores.get(question)!,
    isPositive: known.kind === 'presence' ? known.isPresent : known.kind === 'grade' && known.place === last,
  }));
  const right = answered.flatMap(({ known, answers }) => {
    const answer = answers.find(({ id }) => id === definition.id);
    if (answer?.kind !== 'answered') return [];
    if (known.kind === 'presence') return [Number(answer.notable === known.isPresent)];
    if (known.kind !== 'grade' || definition.kind !== 'grade') return [];
    return [Number(definition.grades[known.place]?.answer.value === answer.answer.value)];
  });
  return {
    auc: areaUnderCurve(cases),
    ...(gravest && { grade: gravest.id }),
    accuracy: right.length === 0 ? undefined : mean(right),
    positive: cases.filter(({ isPositive }) => isPositive).length,
    n: cases.length,
  };
}

function viewsOf(sights: readonly Sight[]): PhantomReport['views'] {
  const seen = sights.filter(({ view }) => view !== undefined);
  const confusion: Record<string, Record<string, number>> = {};
  for (const { truth, view = '' } of seen) {
    const row = (confusion[truth.view] ??= {});
    row[view] = (row[view] ?? 0) + 1;
  }
  const right = seen.filter(({ truth, view }) => truth.view === view).length;
  return { accuracy: right / seen.length, n: seen.length, confusion };
}

function eligibilityOf({ apical, otherViews, forbidden }: Sights): PhantomReport['eligibility'] {
  const cines = [...apical, ...otherViews];
  const reasons: Record<string, number> = {};
  for (const { refused } of forbidden) if (refused !== undefined) reasons[refused] = (reasons[refused] ?? 0) + 1;
  return {
    letThrough: forbidden.filter(({ refused }) => refused === undefined).length,
    forbidden: forbidden.length,
    wronglyRefused: cines.filter(({ refused }) => refused !== undefined).length,
    cines: cines.length,
    reasons,
  };
}

function pointingOf(sights: readonly PairSight[]): PhantomReport['pointing'] {
  const byMethod = Object.entries(Object.groupBy(sights, ({ method }) => method));
  return Object.fromEntries(
    byMethod.map(([method, ofMethod]) => {
      const byFinding = Object.entries(Object.groupBy(ofMethod ?? [], ({ findingId }) => findingId));
      return [method, Object.fromEntries(byFinding.map(([id, halves]) => [id, pointingReport(halves ?? [])]))];
    }),
  );
}

function pointingReport(halves: readonly PairSight[]): PointingReport {
  const withIt = halves.filter(({ isPresent }) => isPresent);
  const told = withIt.filter(({ pair, pointing }) => {
    const without = halves.find((half) => half.pair === pair && !half.isPresent);
    return without !== undefined && pointing.share > without.pointing.share;
  });
  return {
    inStructure: withIt.filter(({ pointing }) => pointing.isInside).length / withIt.length,
    pairs: told.length / withIt.length,
    heatWith: mean(withIt.map(({ pointing }) => pointing.share)),
    heatWithout: mean(halves.flatMap(({ isPresent, pointing }) => (isPresent ? [] : [pointing.share]))),
    n: withIt.length,
  };
}

function maskOf(sights: readonly Sight[]): PhantomReport['mask'] {
  const maskings = sights.flatMap(({ masking }) => masking ?? []);
  const [kept, left] = [maskings.map(({ sectorKept }) => sectorKept), maskings.map(({ burnedInLeft }) => burnedInLeft)];
  return {
    sectorKept: mean(kept),
    sectorKeptLeast: Math.min(...kept),
    burnedInLeft: mean(left),
    burnedInLeftMost: Math.max(...left),
  };
}

function encodingsOf(sights: Sights['encodings']): PhantomReport['encodings'] {
  const each = sights.map(({ name, view, refused, answers }) => {
    const ejectionFraction = scoresOf(answers).get(fractionId);
    return [name, { view: view ?? `refused: ${refused}`, ejectionFraction }] as const;
  });
  const fractions = each.map(([, { ejectionFraction }]) => ejectionFraction ?? NaN);
  return {
    n: each.length,
    sameView: new Set(each.map(([, { view }]) => view)).size === 1,
    spread: fractions.length === 0 ? undefined : Math.max(...fractions) - Math.min(...fractions),
    each: Object.fromEntries(each),
  };
}
