import { preliminaryRevision, type Assessment } from '#domain/assessment';
import {
  amendmentCharactersMax,
  commentCharactersMax,
  type Amendment,
  type Decision,
  type DecisionRequest,
} from '#domain/decision';
import { AgentError } from '#domain/errors';
import type { Finding } from '#domain/finding';
import type { DecisionTools } from '#src/ports/reading-desk';
import type { Agent } from './agent.ts';
import { write } from './compose.ts';
import { sendOut } from './send-out.ts';

/** Keeps a reader's decision: an object of its own in the archive, signed, which names the report that it is about. Throws NOT_FOUND or REQUEST_INVALID. */
export async function decide(request: DecisionRequest, agent: Agent, tools: DecisionTools): Promise<Decision> {
  const { study, verdict, reader } = request;
  const { ledger, clock } = agent;
  const row = await ledger.study(study);
  const assessment = await ledger.assessment(study);
  if (!row || !assessment) throw new AgentError('NOT_FOUND', 'There is nothing to decide on yet.');
  const { revision } = assessment;
  const documents = (await ledger.documents(study)).filter((document) => document.revision === revision);
  const report = documents.find(({ kind }) => kind === 'sr');
  if (!report || revision === preliminaryRevision || row.state.kind !== 'assessed')
    throw new AgentError('REQUEST_INVALID', 'The report is not written yet.');
  const comment = request.comment.trim();
  if (comment.length > commentCharactersMax)
    throw new AgentError('REQUEST_INVALID', `A comment has at most ${commentCharactersMax} characters.`);
  const amendments = amendmentsOf(request, assessment);
  const sources = (await ledger.instances(study, 'source')).map(({ facts }) => facts);
  const at = clock.now();
  const words = { verdict, comment, amendments, reader, at };
  const superseded = documents.filter(({ kind }) => kind === 'sr' || kind === 'text-sr' || kind === 'decision');
  const composed = tools.compose({ ...words, assessment, sources, report, superseded });
  const written = await write(composed, agent);
  const { sha256, facts } = written.instance;
  const signature = await tools.sign(sha256);
  const about = { document: facts.sopInstance, study, revision, report: report.sopInstance };
  const decision: Decision = { ...about, ...words, sha256, signature };
  const sent = sendOut(composed.document, agent, row.triage);
  await ledger.record({
    facts: [{ kind: 'written', ...written }, { kind: 'decided', decision }, ...sent.facts],
    next: sent.next,
  });
  agent.publish({ kind: 'study-decided', study, verdict });
  return decision;
}

function amendmentsOf({ verdict, amendments }: DecisionRequest, assessment: Assessment): readonly Amendment[] {
  const given = Object.entries(amendments);
  if ((verdict === 'amended') !== given.length > 0)
    throw new AgentError('REQUEST_INVALID', 'Values are given where a report is amended, and only there.');
  return given.map(([id, value]): Amendment => {
    const finding = assessment.findings.find((candidate) => candidate.id === id);
    const readers = value.trim();
    if (!finding) throw new AgentError('REQUEST_INVALID', 'A value is given for no finding of this report.');
    if (readers === '' || readers.length > amendmentCharactersMax)
      throw new AgentError('REQUEST_INVALID', `A value has 1 to ${amendmentCharactersMax} characters.`);
    const definition = assessment.definitions.find((candidate) => candidate.id === id);
    const unit = definition?.kind === 'measurement' ? definition.unit.value : '';
    return { finding: id, title: definition?.title ?? id, ours: inWords(finding, unit), readers };
  });
}

function inWords(finding: Finding, unit: string): string {
  switch (finding.kind) {
    case 'measured':
      return `${Number(finding.value.toFixed(1))} ${unit}`.trim();
    case 'answered':
      return finding.answer.meaning;
    case 'similarity-only':
      return `similarity ${finding.similarity.toFixed(4)}, no answer`;
    case 'not-assessed':
      return 'not assessed';
  }
}
