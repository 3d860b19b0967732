import type { FindingDefinition } from '#domain/finding';
import type { Performance, Telling } from '#evaluate/performance';
import type { Ranking } from '#evaluate/ranking';
import type { NumberPair } from '#evaluate/statistics/agreement';
import { quantile } from '#evaluate/statistics/bootstrap';
import { drawChart, figure } from './chart.ts';

/** A finding's figures as table rows, and its pictures. */
export interface FindingFigures {
  readonly rows: readonly (readonly [measure: string, value: string])[];
  readonly charts: readonly string[];
}

/** Rows and pictures of one finding. */
export function figuresOf(
  definition: FindingDefinition,
  performance: Performance,
  ranking: Ranking | undefined,
): FindingFigures {
  switch (performance.kind) {
    case 'presence': {
      const rows = [...tellingRows(performance), ...rankingRows(ranking)];
      return { rows, charts: [rocChart(definition.title, performance)] };
    }
    case 'grade': {
      const grades = Object.entries(performance.grades);
      return {
        rows: [
          ...grades.flatMap(([id, telling]) =>
            tellingRows(telling).map(([measure, value]) => [`${id}: ${measure}`, value] as const),
          ),
          ...rankingRows(ranking),
        ],
        charts: grades.map(([id, telling]) => rocChart(`${definition.title}, ${id}`, telling)),
      };
    }
    case 'measurement': {
      const { agreement, interval, pairs } = performance;
      const unit = definition.kind === 'measurement' ? ` ${definition.unit.value}` : '';
      return {
        rows: [
          ['cases', `${agreement.n}`],
          ['mean absolute error', `${figure(agreement.meanAbsoluteError)}${unit}${range(interval)}`],
          ['bias', `${figure(agreement.bias)}${unit}`],
          ['limits of agreement', `${agreement.limits.map(figure).join(' to ')}${unit}`],
          ['correlation', agreement.correlation === undefined ? 'unknown' : figure(agreement.correlation)],
        ],
        charts: [scatter(definition.title, pairs), blandAltman(definition.title, performance)],
      };
    }
  }
}

function tellingRows({ n, positive, auc, interval, threshold, sensitivity, specificity }: Telling) {
  const counted = [['cases', `${n}, of them positive ${positive}`]] as const;
  if (auc === undefined) return [...counted, ['AUC', 'unknown: all cases are alike'] as const];
  return [
    ...counted,
    ['AUC', `${figure(auc)}${range(interval)}`] as const,
    ["similarity at Youden's index", figure(threshold ?? NaN)] as const,
    ['sensitivity there', figure(sensitivity ?? NaN)] as const,
    ['specificity there', figure(specificity ?? NaN)] as const,
  ];
}

function rankingRows(ranking: Ranking | undefined): readonly (readonly [string, string])[] {
  if (!ranking) return [];
  const spreads = ranking.kind === 'presence' ? { '': ranking.percentiles } : ranking.percentiles;
  return Object.entries(spreads).map(([grade, percentiles]) => {
    const marks = [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => figure(quantile(percentiles, share)));
    return [`${grade === '' ? '' : `${grade}: `}similarity, percentiles 5, 25, 50, 75, 95`, marks.join(', ')];
  });
}

function range(
  interval: { readonly lower: number; readonly upper: number; readonly level: number } | undefined,
): string {
  if (!interval) return '';
  return ` (${figure(interval.lower)} to ${figure(interval.upper)}, ${Math.round(interval.level * 100)} %)`;
}

function rocChart(title: string, { curve }: Telling): string {
  const points = curve.map(({ sensitivity, specificity }) => [1 - specificity, sensitivity] as const);
  return drawChart({
    title: `ROC curve: ${title}`,
    x: { title: '1 − specificity', from: 0, to: 1 },
    y: { title: 'sensitivity', from: 0, to: 1 },
    lines: [
      {
        points: [
          [0, 0],
          [1, 1],
        ],
        style: 'help',
      },
      { points, style: 'curve' },
    ],
  });
}

function scatter(title: string, pairs: readonly NumberPair[]): string {
  const all = pairs.flatMap(({ estimate, truth }) => [estimate, truth]);
  const [from, to] = widened(all);
  return drawChart({
    title: `Scatter: ${title}`,
    x: { title: 'true', from, to },
    y: { title: 'estimated, uncalibrated', from, to },
    dots: pairs.map(({ estimate, truth }) => [truth, estimate]),
    lines: [
      {
        points: [
          [from, from],
          [to, to],
        ],
        style: 'help',
      },
    ],
  });
}

function blandAltman(title: string, { pairs, agreement }: Extract<Performance, { kind: 'measurement' }>): string {
  const dots = pairs.map(({ estimate, truth }) => [(estimate + truth) / 2, estimate - truth] as const);
  const [from, to] = widened(dots.map(([mean]) => mean));
  const [low, high] = widened([...dots.map(([, difference]) => difference), ...agreement.limits]);
  const level = (value: number, style: 'help' | 'limit') => ({
    points: [
      [from, value],
      [to, value],
    ] as const,
    style,
  });
  return drawChart({
    title: `Bland–Altman: ${title}`,
    x: { title: 'mean of both', from, to },
    y: { title: 'estimated − true', from: low, to: high },
    dots,
    lines: [level(agreement.bias, 'help'), ...agreement.limits.map((limit) => level(limit, 'limit'))],
  });
}

/** From below the least to above the largest value, so that the four parts of the axis are round numbers. */
function widened(values: readonly number[]): readonly [from: number, to: number] {
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  const power = 10 ** Math.floor(Math.log10((largest - least) / 4 || 1));
  const steps = [1, 2, 2.5, 5, 10, 20].map((share) => share * power);
  const step = steps.find((one) => Math.floor(least / one) * one + 4 * one >= largest) ?? 20 * power;
  const from = Math.floor(least / step) * step;
  return [from, from + 4 * step];
}
