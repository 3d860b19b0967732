import type { Finding, FindingDefinition } from '#domain/finding';
import { lookAt, type Lookers } from '#evaluate/look-at';
import { maskingOf, type Masking } from '#evaluate/masking';
import { pointingOf, structureMask, type Pointing } from '#evaluate/pointing';
import { questionsOf } from '#evaluate/questions';
import { structureOfFinding } from '#models/phantom/finding-truth';
import type { PhantomClip } from '#models/phantom/clip';
import type { PreparedClip } from '#domain/clip';
import type { Explanation } from '#domain/explanation';
import type { FindingModel } from '#src/ports';
import {
  apicalCases,
  encodingCases,
  forbiddenCases,
  otherViewCases,
  pairCases,
  type EvaluationSize,
  type PairCase,
} from './phantom-cases.ts';
import { withPhantoms, type PhantomCase, type PhantomFile } from './phantom-file.ts';

/** What was seen of one phantom. */
export interface Sight {
  readonly truth: Pick<PhantomClip['truth'], 'view' | 'kind' | 'heart' | 'grades'>;
  /** Why it was refused; absent where it was looked at. */
  readonly refused?: string;
  /** The view that was recognised, or unsure. */
  readonly view?: string;
  readonly answers: readonly Finding[];
  readonly masking?: Masking;
}

/** How one half of a pair was explained by one method. */
export interface PairSight extends Pick<PairCase, 'pair' | 'findingId' | 'isPresent'> {
  readonly method: Explanation['method'];
  readonly pointing: Pointing;
}

/** Everything that was seen. */
export interface Sights {
  readonly apical: readonly Sight[];
  readonly otherViews: readonly Sight[];
  readonly forbidden: readonly Sight[];
  readonly pairs: readonly PairSight[];
  readonly encodings: readonly (Sight & { readonly name: string })[];
}

/** Models that answer, and the same model once for each method of explaining. */
export interface Examiners extends Lookers {
  readonly explainers: readonly FindingModel[];
  readonly signal: AbortSignal;
  onStep(done: number, total: number): void;
}

/** Makes phantoms that training never saw, as DICOM files, and looks at them as the agent does. */
export async function lookAtPhantoms(size: EvaluationSize, examiners: Examiners): Promise<Sights> {
  const { definitions } = examiners.findings;
  const questions = questionsOf(definitions);
  const fraction = definitions.filter(({ kind }) => kind === 'measurement');
  const [apical, others, forbidden] = [apicalCases(size), otherViewCases(size), forbiddenCases(size)];
  const [pairs, encodings] = [pairCases(size), encodingCases(size)];
  const total = [apical, others, forbidden, pairs, encodings].reduce((sum, cases) => sum + cases.length, 0);
  let done = 0;
  const seeAll = async <Case extends PhantomCase, Seen>(
    cases: readonly Case[],
    see: (file: PhantomFile, one: Case) => Promise<Seen>,
  ): Promise<Seen[]> => {
    const seen: Seen[] = [];
    const use = async (file: PhantomFile, one: Case): Promise<void> => {
      seen.push(await see(file, one));
      examiners.onStep(++done, total);
    };
    await withPhantoms(cases, use, examiners.signal);
    return seen;
  };
  const looking = (asked: readonly FindingDefinition[]) => (file: PhantomFile) => look(file, asked, examiners);
  return {
    apical: await seeAll(apical, looking(questions)),
    otherViews: await seeAll(others, looking([])),
    forbidden: await seeAll(forbidden, looking([])),
    pairs: await explainPairs(pairs, examiners, seeAll),
    encodings: await seeAll(encodings, async (file, { name }) => ({
      name,
      ...(await look(file, fraction, examiners)),
    })),
  };
}

async function look(
  { path, clip }: PhantomFile,
  asked: readonly FindingDefinition[],
  examiners: Examiners,
): Promise<Sight> {
  const { view, kind, heart, grades } = clip.truth;
  const truth = { view, kind, heart, grades };
  const looked = await lookAt(path, examiners);
  if (looked.kind === 'refused') return { truth, refused: looked.because, answers: [] };
  const side = { width: clip.columns, height: clip.rows };
  return {
    truth,
    view: looked.view.kind === 'recognised' ? looked.view.view : 'unsure',
    answers: asked.length === 0 ? [] : await examiners.findings.assess([looked.clip], asked),
    masking: maskingOf(looked.clip, clip.truth.sector, side),
  };
}

type SeeAll = <Case extends PhantomCase, Seen>(
  cases: readonly Case[],
  see: (file: PhantomFile, one: Case) => Promise<Seen>,
) => Promise<Seen[]>;

/** Explains both halves of each pair by the sentence that speaks for the first, and holds the maps to its structure. */
async function explainPairs(cases: readonly PairCase[], examiners: Examiners, seeAll: SeeAll): Promise<PairSight[]> {
  const { findings, explainers } = examiners;
  let first: { readonly sentence: string; readonly masks: readonly Uint8Array[] } | undefined;
  const seen = await seeAll(cases, async ({ path, clip }, { pair, findingId, isPresent }): Promise<PairSight[]> => {
    const definition = findings.definitions.find(({ id }) => id === findingId);
    const looked = definition && (await lookAt(path, examiners));
    if (looked?.kind !== 'seen') return [];
    const [finding] = await findings.assess([looked.clip], [definition!]);
    if (!finding || finding.kind === 'not-assessed') return [];
    if (isPresent) first = { sentence: finding.evidence.sentence, masks: masksOf(findingId, clip, looked.clip) };
    const { sentence, masks } = first!;
    const asked: Finding = { ...finding, evidence: { ...finding.evidence, sentence } };
    const sights: PairSight[] = [];
    for (const explainer of explainers) {
      const explanation = await explainer.explain(looked.clip, asked);
      sights.push({ pair, findingId, isPresent, method: explanation.method, pointing: pointingOf(explanation, masks) });
    }
    return sights;
  });
  return seen.flat();
}

/** Where a finding's structure is in the square of each frame that was looked at. */
function masksOf(findingId: string, clip: PhantomClip, prepared: PreparedClip): readonly Uint8Array[] {
  return prepared.frameIndices.map((frame) => {
    const structures = clip.truth.frames[frame]?.structures ?? [];
    const polygons = structures.filter(({ id }) => id === structureOfFinding[findingId]).map(({ polygon }) => polygon);
    return structureMask(polygons, prepared);
  });
}
