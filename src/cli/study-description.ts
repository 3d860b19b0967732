import type { ResultDocument } from '#domain/document';
import { omissions, type Finding, type FindingDefinition } from '#domain/finding';
import type { StudyUid } from '#domain/uid';
import type { InstanceFiles } from '#src/ports';
import type { Ledger } from '#src/ports/ledger';
import { statements } from '#templates/statements';

interface Doors {
  readonly ledger: Ledger;
  readonly files: Pick<InstanceFiles, 'path'>;
}

/** A study's newest findings and where its objects lie, for people (lines) and for scripts (document). */
export async function describeStudy(study: StudyUid, { ledger, files }: Doors) {
  const assessment = await ledger.assessment(study);
  const documents = (await ledger.documents(study)).filter(({ revision }) => revision === assessment?.revision);
  const titleOf = new Map(assessment?.definitions.map((definition) => [definition.id, definition]));
  const findings = (assessment?.findings ?? []).map((finding) => {
    const definition = titleOf.get(finding.id);
    return { ...finding, title: definition?.title ?? finding.id, text: inWords(finding, definition) };
  });
  const results = await Promise.all(documents.map((document) => resultOf(document, { ledger, files })));
  const sources = (await ledger.instances(study, 'source')).map((instance) => ({
    sopInstanceUid: instance.facts.sopInstance,
    file: files.path(instance),
  }));
  const phantomOnly = assessment?.model.phantomOnly ?? false;
  const warnings = statements({ phantomOnly });
  const clips = assessment?.clips ?? [];
  return {
    document: { study, revision: assessment?.revision, phantomOnly, warnings, clips, findings, results, sources },
    lines: [
      ...warnings,
      'A similarity is a cosine between the picture and the sentence, not a probability.',
      ...findings.map(({ title, text }) => `  ${title}: ${text}`),
      'Written:',
      ...results.map(({ kind, title, file }) => `  ${kind.padEnd(7)} ${title}\n          ${file}`),
    ],
  };
}

async function resultOf({ kind, title, sopInstance, findingId }: ResultDocument, { ledger, files }: Doors) {
  const instance = await ledger.instance(sopInstance);
  return {
    kind,
    title,
    sopInstanceUid: sopInstance,
    ...(findingId !== undefined && { findingId }),
    file: instance ? files.path(instance) : '',
  };
}

/** A finding as words for the terminal. */
export function inWords(finding: Finding, definition: FindingDefinition | undefined): string {
  switch (finding.kind) {
    case 'measured': {
      const unit = definition?.kind === 'measurement' ? definition.unit.value : '';
      const { interval } = finding;
      const range = interval
        ? ` (${interval.lower} to ${interval.upper}, ${Math.round(interval.level * 100)} % interval)`
        : '';
      return `${finding.value} ${unit}${range}`;
    }
    case 'answered':
      return `${finding.answer.meaning} (similarity ${finding.similarity.toFixed(3)}${rank(finding)}, threshold ${finding.threshold.toFixed(3)})`;
    case 'similarity-only':
      return `similarity ${finding.similarity.toFixed(3)}${rank(finding)}; no threshold is calibrated`;
    case 'not-assessed':
      return `not assessed, because: ${omissions[finding.because]}`;
  }
}

function rank({ percentile }: { readonly percentile?: number }): string {
  return percentile === undefined ? '' : ` (percentile ${percentile})`;
}
