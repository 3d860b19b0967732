import type { ModelIdentity } from '#domain/assessment';
import type { FindingDefinition } from '#domain/finding';
import type { LabelledClip } from '#evaluate/labels';
import { figuresOf } from '#evaluate/page/figures';
import { evaluationPage } from '#evaluate/page/page';
import { performanceOf, type Performance } from '#evaluate/performance';
import { rankingOf, type Ranking } from '#evaluate/ranking';
import { retrievalRanks, type RetrievalRanks } from '#evaluate/statistics/retrieval';
import { figure } from '#evaluate/page/chart';
import { statements } from '#templates/statements';
import type { AnsweredFile } from './answers-file.ts';

/** What an evaluation on labelled clips comes to. */
export interface LabelReport {
  readonly clips: number;
  /** Clips that no model looked at, by the reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly views: Readonly<Record<string, number>>;
  /** First and last study date, where the files say. */
  readonly days?: readonly [from: string, to: string];
  readonly findings: Readonly<Record<string, Performance>>;
  /** How similarities are spread over the clips, by finding. */
  readonly rankings: Readonly<Record<string, Ranking>>;
  readonly retrieval?: RetrievalRanks;
}

/** Sums up the answers to labelled clips. */
export function labelReport(
  clips: readonly LabelledClip[],
  answers: readonly AnsweredFile[],
  definitions: readonly FindingDefinition[],
): LabelReport {
  const answered = clips.flatMap(({ labels }, index) => {
    const answer = answers[index];
    return answer && answer.refused === undefined ? [{ labels, scores: new Map(Object.entries(answer.scores)) }] : [];
  });
  const findings = definitions.flatMap((definition) => {
    const performance = performanceOf(definition, answered);
    return performance ? [[definition.id, performance] as const] : [];
  });
  const rankings = definitions.flatMap((definition) => {
    const ranking = rankingOf(definition, answered);
    return ranking ? [[definition.id, ranking] as const] : [];
  });
  const days = answers.flatMap(({ day }) => day ?? []).sort();
  const retrieval = retrievalOf(clips, answers);
  return {
    clips: answers.length,
    refused: counted(answers.flatMap(({ refused }) => refused ?? [])),
    views: counted(answers.flatMap(({ view }) => view ?? [])),
    ...(days.length > 0 && { days: [days[0]!, days.at(-1)!] as const }),
    findings: Object.fromEntries(findings),
    rankings: Object.fromEntries(rankings),
    ...(retrieval && { retrieval }),
  };
}

function counted(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}

/** Clips with a report that were answered, against the reports of just those. */
function retrievalOf(clips: readonly LabelledClip[], answers: readonly AnsweredFile[]): RetrievalRanks | undefined {
  let column = 0;
  const pairs = clips.flatMap(({ report }, index) => {
    if (report === undefined) return [];
    const own = { column: column++, similarities: answers[index]?.reports };
    return own.similarities ? [{ ...own, similarities: own.similarities }] : [];
  });
  return retrievalRanks(pairs.map(({ similarities }) => pairs.map(({ column }) => similarities[column]!)));
}

/** The report as lines for people. */
export function linesOfLabelReport({ clips, refused, findings, retrieval }: LabelReport): readonly string[] {
  const refusals = Object.entries(refused).map(([because, count]) => `${count} x ${because}`);
  return [
    `${clips} clips${refusals.length > 0 ? `, not looked at: ${refusals.join(', ')}` : ''}`,
    ...Object.entries(findings).flatMap(([id, performance]) => linesOf(id, performance)),
    ...(retrieval
      ? [
          `retrieval: mean cross-modal rank ${figure(retrieval.meanCrossModalRank)} of ${retrieval.n} (text for a clip ${figure(retrieval.pictureToText)}, clip for a text ${figure(retrieval.textToPicture)})`,
        ]
      : []),
  ];
}

function linesOf(id: string, performance: Performance): readonly string[] {
  if (performance.kind === 'measurement') {
    const { n, meanAbsoluteError, bias } = performance.agreement;
    const { lower, upper } = performance.interval ?? { lower: NaN, upper: NaN };
    return [
      `${id}: mean absolute error ${figure(meanAbsoluteError)} (${figure(lower)} to ${figure(upper)}), bias ${figure(bias)}, before calibration (n = ${n})`,
    ];
  }
  const tellings = performance.kind === 'presence' ? { '': performance } : performance.grades;
  return Object.entries(tellings).map(([grade, { n, positive, auc, interval, sensitivity, specificity }]) => {
    const name = grade === '' ? id : `${id}, ${grade}`;
    if (auc === undefined) return `${name}: all ${n} cases are alike`;
    return `${name}: AUC ${figure(auc)} (${figure(interval?.lower ?? NaN)} to ${figure(interval?.upper ?? NaN)}), sensitivity ${figure(sensitivity ?? NaN)}, specificity ${figure(specificity ?? NaN)} (${positive} of ${n})`;
  });
}

/** The report as a page. */
export function pageOfLabelReport(
  report: LabelReport,
  {
    definitions,
    model,
    origin,
    createdOn,
  }: {
    readonly definitions: readonly FindingDefinition[];
    readonly model: ModelIdentity;
    readonly origin: string;
    readonly createdOn: string;
  },
): string {
  const { retrieval } = report;
  const inWords = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([word, count]) => `${word} ${count}`)
      .join(', ') || 'none';
  return evaluationPage({
    title: `${model.name} on labelled clips`,
    warnings: statements(model),
    facts: [
      ['model', `${model.id}, version ${model.version}, ${model.provider}`],
      ['digest', model.digest],
      ['clips', `${report.clips} of ${origin}`],
      ['studies of', report.days?.join(' to ') ?? 'days that the files do not tell'],
      ['not looked at', inWords(report.refused)],
      ['views', inWords(report.views)],
      ['made on', createdOn],
      ...(retrieval
        ? [['retrieval', `mean cross-modal rank ${figure(retrieval.meanCrossModalRank)} of ${retrieval.n}`] as const]
        : []),
    ],
    findings: definitions.flatMap((definition) => {
      const performance = report.findings[definition.id];
      return performance
        ? [{ title: definition.title, figures: figuresOf(definition, performance, report.rankings[definition.id]) }]
        : [];
    }),
  });
}
