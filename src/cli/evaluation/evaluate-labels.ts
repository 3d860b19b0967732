import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import { calibrationFile } from '#evaluate/calibration-file';
import { parseLabels } from '#evaluate/labels';
import { parseCalibration } from '#models/calibration';
import { readManifest } from '#models/imported-model';
import { promptsDigest } from '#models/zero-shot/prompts';
import { statements } from '#templates/statements';
import type { Result, Terminal } from '#cli/command';
import { answerLabelled } from './label-evaluation.ts';
import { labelReport, linesOfLabelReport, pageOfLabelReport, type LabelReport } from './label-report.ts';
import { openExaminers, type OpenedExaminers } from './open-examiners.ts';

/** What is to be evaluated. */
export interface LabelWish {
  readonly table: string;
  readonly out: string;
  readonly split?: string | undefined;
  /** Whose cases they are, as the calibration says it; default: the name of the table. */
  readonly origin?: string | undefined;
  /** Study dates, where the files do not tell. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** Answers labelled clips, and writes a report, a page with pictures and a calibration. */
export async function evaluateLabels(
  wish: LabelWish,
  configuration: Configuration,
  terminal: Terminal,
): Promise<Result> {
  const { table, out } = wish;
  const csv = await readFile(table, 'utf8').catch((cause: unknown) => {
    throw new AgentError('NOT_FOUND', `${table} cannot be opened.`, { cause });
  });
  // Uncalibrated: what is learnt here must not rest on what was learnt before.
  const opened = await openExaminers(configuration, { calibrated: false });
  try {
    const { lookers } = opened;
    const { definitions, identity: model } = lookers.findings;
    const clips = parseLabels(csv, definitions, { split: wish.split });
    await mkdir(out, { recursive: true });
    const bar = terminal.progress('looking at clips', clips.length);
    const answers = await answerLabelled({
      clips,
      table,
      answers: join(out, 'answers.jsonl'),
      lookers,
      signal: terminal.stop,
      onClip: (done) => bar.update(done),
    }).finally(() => bar.end());
    const report = labelReport(clips, answers, definitions);
    const origin = wish.origin ?? basename(table);
    const document = { model, warnings: statements(model), origin, createdOn: wish.today, ...report };
    await writeFile(join(out, 'report.json'), `${JSON.stringify(document, undefined, 2)}\n`);
    const page = pageOfLabelReport(report, { definitions, model, origin, createdOn: wish.today });
    await writeFile(join(out, 'report.html'), page);
    const calibration = await writeCalibration(report, { wish, origin, labels: sha256(csv), opened });
    for (const line of linesOfLabelReport(report)) terminal.say(line);
    terminal.say(`Report: ${join(out, 'report.html')}`);
    terminal.say(calibration.text);
    for (const statement of statements(model)) terminal.say(statement);
    return { document: { ...document, files: { page: join(out, 'report.html'), ...calibration.files } } };
  } finally {
    await opened.close();
  }
}

interface Learning {
  readonly wish: LabelWish;
  readonly origin: string;
  /** SHA-256 of the table. */
  readonly labels: string;
  readonly opened: OpenedExaminers;
}

/** Writes what was learnt, where there is something and the days are known: a calibration without them cannot be judged. */
async function writeCalibration(
  report: LabelReport,
  { wish, origin, labels, opened }: Learning,
): Promise<{ readonly text: string; readonly files: { readonly calibration?: string } }> {
  const { definitions } = opened.lookers.findings;
  const [from, to] = [wish.from ?? report.days?.[0], wish.to ?? report.days?.[1]];
  if (from === undefined || to === undefined)
    return {
      text: 'No calibration: the files tell no study dates; say them, as --from 2019-01-01 --to 2022-12-31.',
      files: {},
    };
  const performances = definitions.map((definition) => ({
    id: definition.id,
    sentences: promptsDigest(definition),
    performance: report.findings[definition.id],
    ranking: report.rankings[definition.id],
  }));
  const refused = Object.values(report.refused).reduce((sum, count) => sum + count, 0);
  const checkpoint = await checkpointOf(opened.folder);
  const cases = report.clips - refused;
  const { channelOrder } = opened;
  const about = { origin, cases, from, to, createdOn: wish.today, checkpoint, labels, channelOrder };
  const learnt = calibrationFile(about, performances);
  if (Object.keys(learnt.findings).length === 0)
    return { text: 'No calibration: no finding has cases with and without it.', files: {} };
  const json = `${JSON.stringify(learnt, undefined, 2)}\n`;
  parseCalibration(json, { checkpoints: [checkpoint], definitions, channelOrder });
  const calibration = join(wish.out, 'calibration.json');
  await writeFile(calibration, json);
  return {
    text: `Calibration of ${Object.keys(learnt.findings).length} findings: ${calibration}. To use it, copy it to ${opened.folder}.`,
    files: { calibration },
  };
}

/** The weights among what the model was imported from. */
async function checkpointOf(folder: string): Promise<string> {
  const { sources } = await readManifest(folder);
  const weights = sources.find(({ file }) => !/\.(json|txt)$/.test(file));
  if (!weights) throw new AgentError('MODEL_UNFIT', 'Its manifest names no checkpoint.');
  return weights.sha256;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
