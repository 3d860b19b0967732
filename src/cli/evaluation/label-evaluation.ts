import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { PreparedClip } from '#domain/clip';
import { asAgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import type { View } from '#domain/view';
import type { LabelledClip } from '#evaluate/labels';
import { lookAt, type Lookers } from '#evaluate/look-at';
import { questionsOf, scoresOf } from '#evaluate/questions';
import { prepareAvi } from '#look/prepare-avi';
import { openAnswers, type AnsweredFile } from './answers-file.ts';

/** Labelled clips, and who answers. */
export interface LabelEvaluation {
  readonly clips: readonly LabelledClip[];
  /** The table; files are named from its folder. */
  readonly table: string;
  /** Where answers are kept. */
  readonly answers: string;
  readonly lookers: Lookers;
  readonly signal: AbortSignal;
  onClip(done: number): void;
}

/** Has every labelled clip answered that was not before, in the order of the table. */
export async function answerLabelled(evaluation: LabelEvaluation): Promise<readonly AnsweredFile[]> {
  const { clips, lookers, signal } = evaluation;
  const questions = questionsOf(lookers.findings.definitions);
  const reports = reportQuestions(clips, lookers.findings.definitions[0]!);
  const asked = digestOf([lookers.findings.identity, lookers.views.identity, questions, reports]);
  const { known, add } = await openAnswers(evaluation.answers, asked);
  const answers: AnsweredFile[] = [];
  for (const [index, { file }] of clips.entries()) {
    signal.throwIfAborted();
    const before = known.get(file);
    const answer = before ?? (await answerOne(file, { questions, reports }, evaluation));
    if (!before) await add(answer);
    answers.push(answer);
    evaluation.onClip(index + 1);
  }
  return answers;
}

interface Asked {
  readonly questions: readonly FindingDefinition[];
  readonly reports: readonly FindingDefinition[];
}

async function answerOne(
  file: string,
  { questions, reports }: Asked,
  { table, lookers }: LabelEvaluation,
): Promise<AnsweredFile> {
  const opened = await open(resolve(dirname(table), file), lookers);
  if ('refused' in opened) return { file, refused: opened.refused, scores: {} };
  const { clip, view, day } = opened;
  const suitable = questions.filter(({ views }) => views.includes(view));
  const scores = scoresOf(await lookers.findings.assess([clip], suitable));
  const similar = reports.length === 0 ? undefined : scoresOf(await lookers.findings.assess([clip], reports));
  return {
    file,
    view,
    ...(day !== undefined && { day }),
    scores: Object.fromEntries(scores),
    ...(similar && { reports: reports.map(({ id }) => similar.get(id)!) }),
  };
}

type Opened =
  { readonly refused: string } | { readonly clip: PreparedClip; readonly view: View; readonly day?: string };

/** A clip on the agent's own way; a film is an apical four-chamber view, as all of EchoNet-Dynamic are. One that fails costs only itself. */
async function open(path: string, lookers: Lookers): Promise<Opened> {
  try {
    if (path.toLowerCase().endsWith('.avi')) return { clip: await prepareAvi(path, lookers.findings), view: 'A4C' };
    const looked = await lookAt(path, lookers);
    if (looked.kind === 'refused') return { refused: looked.because };
    if (looked.view.kind === 'unsure') return { refused: 'view unsure' };
    const day = dayOf(looked.facts.attributes.disclose()['00080020']?.Value?.[0]);
    return { clip: looked.clip, view: looked.view.view, ...(day !== undefined && { day }) };
  } catch (thrown) {
    return {
      refused: (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'FILE_MISSING' : asAgentError(thrown).code,
    };
  }
}

function dayOf(date: unknown): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(typeof date === 'string' ? date : '') ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

/** Every report as a question of its own: its similarity with every clip is what retrieval goes by. */
function reportQuestions(clips: readonly LabelledClip[], model: FindingDefinition): readonly FindingDefinition[] {
  const { concept, site, views } = model;
  return clips.flatMap(({ report }, index) =>
    report === undefined
      ? []
      : [{ kind: 'presence', id: `report-${index}`, title: 'A report', concept, site, views, sentences: [report] }],
  );
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
