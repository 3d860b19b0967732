import type { Performance, Telling } from './performance.ts';
import type { Ranking } from './ranking.ts';
import type { ConfidenceInterval } from './statistics/bootstrap.ts';

/** Whose cases they were, and with which weights. Days as YYYY-MM-DD. */
export interface CalibrationOrigin {
  readonly origin: string;
  readonly cases: number;
  readonly from: string;
  readonly to: string;
  readonly createdOn: string;
  /** SHA-256 of the checkpoint. */
  readonly checkpoint: string;
  /** SHA-256 of the table of labels. */
  readonly labels: string;
  readonly channelOrder: 'bgr' | 'rgb';
}

/** What the cases said of one finding. */
export interface Learnt {
  readonly id: string;
  /** SHA-256 of its sentences. */
  readonly sentences: string;
  readonly performance: Performance | undefined;
  readonly ranking: Ranking | undefined;
}

/** What was learnt, as a model's folder keeps it (models/calibration.ts). A finding that could not be learnt is left out. */
export function calibrationFile(origin: CalibrationOrigin, learnt: readonly Learnt[]) {
  const findings = learnt.flatMap(({ id, sentences, performance, ranking }) => {
    const thresholds = performance && thresholdsOf(performance);
    return thresholds || ranking ? [[id, { sentences, ...ranking, ...thresholds }] as const] : [];
  });
  return { ...origin, findings: Object.fromEntries(findings) };
}

function thresholdsOf(performance: Performance) {
  switch (performance.kind) {
    case 'presence':
      return performance.threshold === undefined
        ? undefined
        : { kind: performance.kind, threshold: performance.threshold, measured: measuredOf(performance) };
    case 'grade': {
      const grades = Object.entries(performance.grades);
      if (grades.some(([, { threshold }]) => threshold === undefined)) return undefined;
      const measured = grades.map(([id, telling]) => [
        `AUC ${id}`,
        { value: telling.auc, ...bounds(telling.interval) },
      ]);
      const thresholds = grades.map(([id, { threshold }]) => [id, threshold]);
      return {
        kind: performance.kind,
        thresholds: Object.fromEntries(thresholds),
        measured: Object.fromEntries(measured),
      };
    }
    case 'measurement': {
      const { calibration, agreement, interval } = performance;
      if (!calibration) return undefined;
      // Of the estimates as they come: the line below brings them nearer, on these cases at least.
      const measured = { 'MAE before calibration': { value: agreement.meanAbsoluteError, ...bounds(interval) } };
      return { kind: performance.kind, ...calibration, measured };
    }
  }
}

function measuredOf({ auc, interval, sensitivity, specificity }: Telling) {
  return {
    AUC: { value: auc, ...bounds(interval) },
    sensitivity: { value: sensitivity },
    specificity: { value: specificity },
  };
}

function bounds(interval: ConfidenceInterval | undefined) {
  return interval && { interval };
}
