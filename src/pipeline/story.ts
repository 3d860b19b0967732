import type { Assessment } from '#domain/assessment';
import type { Delivery, Receipt } from '#domain/document';
import { done, waitUntil, type Fact, type NextJob, type Outcome } from '#domain/outcome';
import type { Job } from '#domain/job';
import type { Agent } from './agent.ts';
import { assessStudy } from './assess.ts';
import { composeStudy } from './compose.ts';
import { sourceDigest } from './digest.ts';
import { priorities } from './priorities.ts';

// The whole agent on one page. An object is *received* (receive.ts: by C-STORE, STOW-RS or from a polled archive).
// Its study *settles* when nothing more has come for a while. Then it is *assessed*: the clips are looked at and the
// questions answered. Documents are *composed* and each is *written back* to every destination.
//
// A chapter returns what is now true and what follows; the runner commits both at once, or neither. A chapter may be
// told twice, after a crash, and then decides alike: documents have UIDs derived from facts.

type Chapter<Kind extends Job['kind']> = (
  job: Extract<Job, { kind: Kind }>,
  agent: Agent,
  signal: AbortSignal,
) => Promise<Outcome>;

export const story: { readonly [Kind in Job['kind']]: Chapter<Kind> } = {
  async settle({ study }, { ledger, clock, settings, findings }) {
    const row = await ledger.study(study);
    if (!row) return done();
    const quietAt = row.lastArrivalAt + settings.quietPeriodMs;
    if (clock.now() < quietAt) return waitUntil(quietAt);
    if (row.state.kind === 'assessing') return waitUntil(clock.now() + settings.quietPeriodMs);

    const digest = sourceDigest(await ledger.instances(study, 'source'));
    const last = await ledger.assessment(study);
    if (last?.sourceDigest === digest && last.model.digest === findings.identity.digest) return done();
    const revision = (last?.revision ?? 0) + 1;
    const facts: Fact[] = [{ kind: 'study-state', study, state: { kind: 'assessing', revision } }];
    return done(facts, [{ job: { kind: 'assess', study, revision }, runAt: clock.now(), priority: priorities.assess }]);
  },

  async assess({ study, revision }, agent, signal) {
    const assessment = await assessStudy({ study, revision }, agent, signal);
    agent.publish(summary(assessment));
    const compose: NextJob = {
      job: { kind: 'compose', study, revision },
      runAt: agent.clock.now(),
      priority: priorities.compose,
    };
    return done([{ kind: 'assessed', assessment }], [compose]);
  },

  async compose({ study, revision }, agent) {
    const written = await composeStudy({ study, revision }, agent);
    const facts: Fact[] = [{ kind: 'study-state', study, state: { kind: 'assessed', revision } }];
    const next: NextJob[] = [];
    for (const { document, instance } of written) {
      facts.push({ kind: 'written', document, instance });
      for (const { name, reports } of agent.destinations) {
        if (document.kind !== 'sc' && reports && !reports.includes(document.kind)) continue;
        const withheld = document.phantomOnly && !agent.settings.deliverPhantomResults;
        const at = agent.clock.now();
        const state = withheld ? 'withheld' : 'waiting';
        facts.push({
          kind: 'delivery',
          delivery: { document: document.sopInstance, destination: name, state, attempts: 0, at },
        });
        const job: Job = { kind: 'write-back', study, document: document.sopInstance, destination: name };
        if (!withheld) next.push({ job, runAt: at, priority: priorities.writeBack });
      }
    }
    return done(facts, next);
  },

  async 'write-back'({ study, document, destination: name }, agent, signal) {
    const destination = agent.destinations.find((candidate) => candidate.name === name);
    const instance = await agent.ledger.instance(document);
    const outcome =
      destination && instance
        ? outcomeOf(await destination.deliver(instance, agent.files.path(instance), signal))
        : withheld;
    const kind = outcome.state === 'withheld' ? 'document-withheld' : 'document-delivered';
    agent.publish({ kind, study, sopInstance: document, destination: name });
    return done([
      { kind: 'delivery', delivery: { document, destination: name, ...outcome, attempts: 1, at: agent.clock.now() } },
    ]);
  },
};

const withheld = { state: 'withheld' } as const;

function outcomeOf(receipt: Receipt | void): Pick<Delivery, 'state' | 'proof' | 'fault'> {
  if (!receipt) return { state: 'delivered' };
  if (receipt.kind === 'withheld') return { ...withheld, fault: receipt.because };
  return { state: 'delivered', proof: receipt.proof };
}

function summary(assessment: Assessment): Parameters<Agent['publish']>[0] {
  const notAssessed = assessment.findings.filter((finding) => finding.kind === 'not-assessed').length;
  const assessed = assessment.findings.length - notAssessed;
  return { kind: 'study-assessed', study: assessment.study, revision: assessment.revision, assessed, notAssessed };
}
