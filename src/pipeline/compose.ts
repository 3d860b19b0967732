import { finished } from 'node:stream/promises';
import type { Assessment } from '#domain/assessment';
import type { ResultDocument } from '#domain/document';
import { AgentError } from '#domain/errors';
import type { Finding } from '#domain/finding';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import type { ComposedDocument, Composition } from '#src/ports';
import type { Agent } from './agent.ts';

export interface Written {
  readonly document: ResultDocument;
  readonly instance: Instance;
}

/** Makes the documents of an assessment and files them in the archive: the files first, their rows with the commit. */
export async function composeStudy(
  { study, revision }: { study: StudyUid; revision: number },
  agent: Agent,
): Promise<readonly Written[]> {
  const documents = await composeDocuments({ study, revision }, agent);
  const written: Written[] = [];
  for (const document of documents) written.push(await write(document, agent));
  return written;
}

/** The documents of an assessment as bytes: the same assessment, the same bytes. */
export async function composeDocuments(
  { study, revision }: { study: StudyUid; revision: number },
  { ledger, files, composer, ...agent }: Agent,
): Promise<readonly ComposedDocument[]> {
  const assessment = await ledger.assessment(study, revision);
  if (!assessment) throw new AgentError('NOT_FOUND', `Assessment ${revision} of study ${study}.`);
  const clips = new Set<string>(assessment.clips.map((clip) => clip.sopInstance));
  const sources = (await ledger.instances(study, 'source'))
    .filter((instance) => clips.has(instance.facts.sopInstance))
    .map((instance) => ({ instance, path: files.path(instance) }));
  const overlays: Composition['overlays'][number][] = [];
  // A preliminary report has no pictures, and does not wait for any.
  const overlaysMax = assessment.stage === 'preliminary' ? 0 : agent.settings.overlaysMax;
  for (const finding of worthDrawing(assessment, overlaysMax))
    overlays.push(await draw(finding, { assessment, sources }, agent));
  const predecessors = (await ledger.documents(study)).filter((document) => document.revision === revision - 1);
  return composer.compose({ assessment, sources, overlays, predecessors });
}

type Assessed = Exclude<Finding, { kind: 'not-assessed' }>;

/**
 * The model's first measurement, then notable answers, then other measurements, then the rest; within these as the model
 * orders its questions, since similarities of different sentences do not compare.
 */
function worthDrawing({ findings }: Assessment, overlaysMax: number): readonly Assessed[] {
  const assessed = findings.filter((finding) => finding.kind !== 'not-assessed');
  const first = assessed.find(({ kind }) => kind === 'measured');
  const rank = (finding: Assessed): number => {
    if (finding === first) return 0;
    if (finding.kind === 'answered') return finding.notable ? 1 : 4;
    return finding.kind === 'measured' ? 2 : 3;
  };
  return assessed.sort((a, b) => rank(a) - rank(b)).slice(0, overlaysMax);
}

async function draw(
  finding: Assessed,
  { assessment, sources }: Pick<Composition, 'assessment' | 'sources'>,
  { reader, findings }: Pick<Agent, 'reader' | 'findings'>,
): Promise<Composition['overlays'][number]> {
  const source = sources.find(({ instance }) => instance.facts.sopInstance === finding.evidence.sopInstance);
  if (!source) throw new AgentError('FILE_MISSING', finding.evidence.sopInstance);
  const frameIndices = findings.selectFrames(source.instance.facts.image?.frames ?? 0);
  const reading = assessment.clips.find((clip) => clip.sopInstance === finding.evidence.sopInstance);
  const region = reading?.eligibility.kind === 'eligible' ? reading.eligibility.region : undefined;
  const clip = await reader.prepare(source.path, { frameIndices, size: findings.size, ...(region && { region }) });
  const explanation = await findings.explain(clip, finding);
  return { finding, explanation, frames: await reader.frames(source.path, explanation.frameIndices) };
}

/** Files a document in the archive; its row comes with the commit. */
export async function write(
  { document, bytes }: ComposedDocument,
  { files, reader, clock, publish }: Agent,
): Promise<Written> {
  const file = await files.spool();
  file.sink.end(bytes);
  await finished(file.sink);
  const sealed = await file.seal();
  const facts = await reader.examine(file.path);
  const instance: Instance = {
    facts,
    file: await file.file(facts, sealed.sha256),
    ...sealed,
    receivedAt: clock.now(),
    role: 'result',
  };
  publish({
    kind: 'document-written',
    study: document.study,
    sopInstance: document.sopInstance,
    documentKind: document.kind,
  });
  return { document, instance };
}
