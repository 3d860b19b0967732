import type { FindingDefinition, GradeDefinition } from '#domain/finding';
import type { Label } from './labels.ts';
import { gradeQuestion } from './questions.ts';
import { agreement, type Agreement, type NumberPair } from './statistics/agreement.ts';
import { bootstrapInterval, type ConfidenceInterval } from './statistics/bootstrap.ts';
import { calibrateNumber, type NumberCalibration } from './statistics/calibrate-number.ts';
import { areaUnderCurve, rocCurve, youdenPoint, type RocPoint, type ScoredCase } from './statistics/roc.ts';

/** What was answered of one labelled clip: similarities and uncalibrated numbers by the id of the question. */
export interface AnsweredClip {
  readonly labels: Readonly<Record<string, Label>>;
  readonly scores: ReadonlyMap<string, number>;
}

/** How well one question tells. */
export interface Telling {
  readonly n: number;
  readonly positive: number;
  /** Undefined where all cases are alike. */
  readonly auc?: number;
  readonly interval?: ConfidenceInterval;
  /** At Youden's index; absent where no threshold does better than chance. */
  readonly threshold?: number;
  readonly sensitivity?: number;
  readonly specificity?: number;
  readonly curve: readonly RocPoint[];
}

export type Performance =
  | ({ readonly kind: 'presence' } & Telling)
  /** Each grade but the first, against the milder ones. */
  | { readonly kind: 'grade'; readonly grades: Readonly<Record<string, Telling>> }
  | {
      readonly kind: 'measurement';
      readonly pairs: readonly NumberPair[];
      readonly agreement: Agreement;
      readonly interval?: ConfidenceInterval;
      readonly calibration?: NumberCalibration;
    };

/** How well a finding is answered over labelled clips; undefined where none of them says anything of it. */
export function performanceOf(definition: FindingDefinition, clips: readonly AnsweredClip[]): Performance | undefined {
  const known = clips.flatMap(({ labels, scores }) => {
    const label = labels[definition.id];
    return label && scores.has(definition.id) ? [{ label, scores }] : [];
  });
  if (known.length === 0) return undefined;
  switch (definition.kind) {
    case 'presence':
      return {
        kind: 'presence',
        ...telling(
          known.map(({ label, scores }) => ({
            score: scores.get(definition.id)!,
            isPositive: label.kind === 'presence' && label.isPresent,
          })),
        ),
      };
    case 'grade':
      return { kind: 'grade', grades: gradesTold(definition, known) };
    case 'measurement':
      return numberTold(
        known.flatMap(({ label, scores }) =>
          label.kind === 'measurement' ? [{ estimate: scores.get(definition.id)!, truth: label.value }] : [],
        ),
      );
  }
}

interface Known {
  readonly label: Label;
  readonly scores: ReadonlyMap<string, number>;
}

/** Each grade against the milder ones; graver cases are told by their own grade, which is asked first. */
function gradesTold({ id, grades }: GradeDefinition, known: readonly Known[]): Readonly<Record<string, Telling>> {
  return Object.fromEntries(
    grades.slice(1).map((grade, index) => [
      grade.id,
      telling(
        known.flatMap(({ label, scores }) => {
          const score = scores.get(gradeQuestion(id, grade.id));
          if (label.kind !== 'grade' || score === undefined || label.place > index + 1) return [];
          return [{ score, isPositive: label.place === index + 1 }];
        }),
      ),
    ]),
  );
}

function telling(cases: readonly ScoredCase[]): Telling {
  const positive = cases.filter(({ isPositive }) => isPositive).length;
  const [auc, point] = [areaUnderCurve(cases), youdenPoint(cases)];
  const counted = { n: cases.length, positive, curve: rocCurve(cases) };
  if (auc === undefined) return counted;
  const interval = bootstrapInterval(cases, areaUnderCurve, { groupOf: ({ isPositive }) => isPositive });
  return { ...counted, auc, ...(interval && { interval }), ...point };
}

function numberTold(pairs: readonly NumberPair[]): Performance | undefined {
  const compared = agreement(pairs);
  if (!compared) return undefined;
  const interval = bootstrapInterval(pairs, (drawn) => agreement(drawn)?.meanAbsoluteError);
  const calibration = calibrateNumber(pairs);
  return {
    kind: 'measurement',
    pairs,
    agreement: compared,
    ...(interval && { interval }),
    ...(calibration && { calibration }),
  };
}
