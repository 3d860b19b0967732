import type { Fact } from '#domain/outcome';
import type { createQueue } from './queue.ts';
import { instanceValues, studyOf, type Row } from './rows.ts';
import type { Statements } from './statements.ts';

/** Writes a fact down, inside the caller's transaction. */
export function createRecorder(
  { run, get }: Pick<Statements, 'run' | 'get'>,
  queue: Pick<ReturnType<typeof createQueue>, 'rank'>,
): (fact: Fact) => void {
  return (fact) => {
    switch (fact.kind) {
      case 'study-state':
        return run('setStudyState', fact.study, JSON.stringify(fact.state));
      case 'looked-at':
        return run('putLook', fact.look.reading.sopInstance, fact.look.study, JSON.stringify(fact.look));
      case 'triaged':
        // An early word that comes after the settled study's is not heard any more.
        if (fact.triage.stage === 'preliminary' && hasSettled(get('study', fact.triage.study))) return;
        run('setTriage', fact.triage.study, JSON.stringify(fact.triage));
        return queue.rank(fact.triage);
      case 'assessed': {
        const { study, revision } = fact.assessment;
        // A decision was on what was known before.
        if (revision > 0) run('setDecided', study, null);
        return run('putAssessment', study, revision, JSON.stringify(fact.assessment));
      }
      case 'written': {
        const { document, instance } = fact;
        run('insertInstance', ...instanceValues(instance));
        return run('putDocument', document.sopInstance, document.study, document.revision, JSON.stringify(document));
      }
      case 'restored': {
        const { file, bytes, sha256, facts: whole } = fact.instance;
        const { attributes, ...facts } = whole;
        const json = JSON.stringify(attributes.disclose());
        return run('restoreInstance', facts.sopInstance, file, bytes, sha256, JSON.stringify(facts), json);
      }
      case 'decided': {
        const { document, study, at, verdict } = fact.decision;
        run('setDecided', study, verdict);
        return run('putDecision', document, study, at, JSON.stringify(fact.decision));
      }
      case 'sighted': {
        const { study, scanner, site, model, at } = fact.sighting;
        return run('putSighting', study, scanner, site, model, at, JSON.stringify(fact.sighting));
      }
      case 'shadowed': {
        const { study, revision, second, at } = fact.shadow;
        return run('putShadow', study, revision, second.digest, at, JSON.stringify(fact.shadow));
      }
      case 'delivery': {
        const { document, destination, state, attempts, fault, at, proof } = fact.delivery;
        return run('putDelivery', document, destination, state, attempts, fault ?? null, at, proof ?? null);
      }
    }
  };
}

function hasSettled(row: Row | undefined): boolean {
  return row !== undefined && studyOf(row).triage?.stage === 'settled';
}
