import type { Assessment } from '#domain/assessment';
import { AgentError } from '#domain/errors';
import { done, waitUntil, type Fact, type NextJob, type Outcome } from '#domain/outcome';
import type { Job } from '#domain/job';
import type { StudyRow } from '#domain/study';
import { isAddressed } from './addressees.ts';
import type { Agent } from './agent.ts';
import { assessEarly, assessStudy } from './assess.ts';
import { assessmentFacts } from './assessment-facts.ts';
import { commitmentOf } from './commit.ts';
import { composeStudy } from './compose.ts';
import { outcomeOf } from './delivery.ts';
import { sourceDigest } from './digest.ts';
import { dueLook, lookAt, seemsSuitable } from './look.ts';
import { follow, tellWorklists } from './next.ts';
import { sendOut } from './send-out.ts';
import { settleTime } from './settle-time.ts';
import { isModelAwaited, shadowStudy } from './shadow.ts';
import { standingOf } from './standing.ts';
import { triageByFindings } from './triage.ts';

// The whole agent on one page. An object is *received* (receive.ts: by C-STORE, STOW-RS or from a polled archive). A
// *glance* tells which clips seem worth asking; these are *looked at* first, and the first of a suitable view already says
// how urgent its study is. Once nothing more comes the study *settles* and is *assessed*: the best clips answer the
// questions, the early word is confirmed or withdrawn. Documents are *composed* and each is *written back* to every
// destination. *Worklists* are told each time.
//
// A chapter returns what is now true and what follows; the runner commits both at once, or neither. A chapter may be
// told twice, after a crash, and then decides alike: documents have UIDs derived from facts.

type Chapter<Kind extends Job['kind']> = (
  job: Extract<Job, { kind: Kind }>,
  agent: Agent,
  signal: AbortSignal,
) => Promise<Outcome>;

export const story: { readonly [Kind in Job['kind']]: Chapter<Kind> } = {
  async glance({ study, sopInstance }, agent, signal) {
    const due = await dueLook({ study, sopInstance }, agent);
    if (!due) return done();
    const job = { kind: 'look', study, sopInstance } as const;
    if (due.isWordAwaited && !(await seemsSuitable(due.instance, agent)))
      return done([], [follow(job, agent, due.row.triage)]);
    return story.look(job, agent, signal);
  },

  async look({ study, sopInstance }, agent) {
    const due = await dueLook({ study, sopInstance }, agent);
    if (!due) return done();
    const { row, instance, isWordAwaited } = due;
    const looked = await lookAt(instance, agent, { isUrgent: isWordAwaited });
    const look: Fact = { kind: 'looked-at', look: { study, reading: looked.reading, by: agent.views.identity.digest } };
    const early = isWordAwaited ? await assessEarly(instance, looked, agent) : undefined;
    if (!early) return done([look]);
    const { facts, triage } = await assessmentFacts(early, { row, sources: [instance] }, agent);
    const isAwaited = agent.destinations.some((each) => isAddressed(each, { kind: 'sr', ...early }, triage));
    const compose = follow({ kind: 'compose', study, revision: early.revision }, agent, triage);
    return done([look, ...facts], [...tellWorklists(study, agent, triage), ...(isAwaited ? [compose] : [])]);
  },

  async commit(job, agent, signal) {
    if (!agent.commitments) throw new AgentError('DESTINATION_REFUSED', `${job.aeTitle} may not ask us to commit.`);
    await agent.commitments.report(job.aeTitle, await commitmentOf(job, agent), signal);
    return done();
  },

  async settle({ study }, agent) {
    const { ledger, clock, findings } = agent;
    const row = await ledger.study(study);
    if (!row) return done();
    const settledAt = await settleTime(row, agent);
    if (clock.now() < settledAt) return waitUntil(settledAt);
    if (row.state.kind === 'assessing') return waitUntil(clock.now() + agent.settings.quietPeriodMs);

    const digest = sourceDigest(await ledger.instances(study, 'source'));
    const last = await ledger.assessment(study);
    const isKnown = last?.sourceDigest === digest && last.model.digest === findings.identity.digest;
    if (isKnown && last.stage === 'settled') return done(...(await repaired(row, last, agent)));
    const revision = (last?.revision ?? 0) + 1;
    const facts: Fact[] = [{ kind: 'study-state', study, state: { kind: 'assessing', revision } }];
    const assess = follow({ kind: 'assess', study, revision }, agent, row.triage);
    return done(facts, [assess, ...tellWorklists(study, agent, row.triage)]);
  },

  async assess({ study, revision }, agent, signal) {
    const row = await agent.ledger.study(study);
    if (!row) return done();
    const { assessment, looks } = await assessStudy({ study, revision }, agent, signal);
    agent.publish(summary(assessment));
    const sources = await agent.ledger.instances(study, 'source');
    const { facts, triage } = await assessmentFacts(assessment, { row, sources }, agent);
    const compose = follow({ kind: 'compose', study, revision }, agent, triage);
    const seen = looks.map((look): Fact => ({ kind: 'looked-at', look }));
    return done([...seen, ...facts], [compose, ...tellWorklists(study, agent, triage)]);
  },

  async compose({ study, revision }, agent) {
    const triage = (await agent.ledger.study(study))?.triage;
    const written = await composeStudy({ study, revision }, agent);
    const assessed: Fact = { kind: 'study-state', study, state: { kind: 'assessed', revision } };
    const facts: Fact[] = revision > 0 ? [assessed] : [];
    const next: NextJob[] = [...tellWorklists(study, agent, triage)];
    for (const { document, instance } of written) {
      facts.push({ kind: 'written', document, instance });
      const sent = sendOut(document, agent, triage);
      facts.push(...sent.facts);
      next.push(...sent.next);
    }
    if (agent.shadow && revision > 0) next.push(follow({ kind: 'shadow', study, revision }, agent, triage));
    return done(facts, next);
  },

  async shadow({ study, revision }, agent) {
    if (!agent.shadow) return done();
    if (await isModelAwaited(agent)) return waitUntil(agent.clock.now() + agent.settings.quietPeriodMs);
    const shadow = await shadowStudy({ study, revision }, agent.shadow, agent);
    return done(shadow ? [{ kind: 'shadowed', shadow }] : []);
  },

  async 'write-back'({ study, document, destination: name }, agent, signal) {
    const destination = agent.destinations.find((candidate) => candidate.name === name);
    const instance = await agent.ledger.instance(document);
    const receipt =
      destination && instance
        ? await destination.deliver(instance, agent.files.path(instance), signal)
        : { kind: 'withheld' as const };
    const outcome = outcomeOf(receipt);
    const kind = outcome.state === 'withheld' ? 'document-withheld' : 'document-delivered';
    const { lastArrivalAt = agent.clock.now() } = (await agent.ledger.study(study)) ?? {};
    const afterMs = agent.clock.now() - lastArrivalAt;
    agent.publish({ kind, study, sopInstance: document, destination: name, afterMs });
    return done([
      { kind: 'delivery', delivery: { document, destination: name, ...outcome, attempts: 1, at: agent.clock.now() } },
    ]);
  },

  async worklist({ study, worklist: name }, agent, signal) {
    const worklist = agent.worklists.find((candidate) => candidate.name === name);
    const standing = await standingOf(study, agent.ledger);
    if (worklist && standing) await worklist.tell(standing, signal);
    return done();
  },
};

/** A study that had left the archive has come again: it is as urgent as it was, and its documents are made again, the same. */
async function repaired(row: StudyRow, last: Assessment, agent: Agent): Promise<[Fact[], NextJob[]]> {
  const { study, state } = row;
  const { revision } = last;
  if (state.kind !== 'receiving') return [[], []];
  const triage = await triageByFindings(last, { row, sources: await agent.ledger.instances(study, 'source') }, agent);
  const facts: Fact[] = [
    { kind: 'study-state', study, state: { kind: 'assessing', revision } },
    { kind: 'triaged', triage },
  ];
  return [facts, [follow({ kind: 'compose', study, revision }, agent, triage)]];
}

function summary(assessment: Assessment): Parameters<Agent['publish']>[0] {
  const notAssessed = assessment.findings.filter((finding) => finding.kind === 'not-assessed').length;
  const assessed = assessment.findings.length - notAssessed;
  return { kind: 'study-assessed', study: assessment.study, revision: assessment.revision, assessed, notAssessed };
}
