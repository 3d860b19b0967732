import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { Destination } from '#src/ports';
import { createCommit } from '#dicomweb/client/commitment';
import { createQuery } from '#dicomweb/client/query';
import { createReadBack } from '#dicomweb/client/read-back';
import { createSend, type ServiceSettings } from '#dicomweb/client/service';
import { storeFile } from '#dicomweb/client/store';
import type { StoreOutcome } from '#dicomweb/client/store-outcome';

export interface StowSettings extends ServiceSettings {
  /** Whether each instance is fetched again and compared before it counts as delivered. */
  readonly readBack?: boolean;
  /** Whether it counts as delivered only once the archive has committed to it. */
  readonly commitment?: boolean;
  /** How long an answer to that is waited for in one attempt. */
  readonly commitmentMs?: number;
}

/**
 * An archive that takes results by STOW-RS. What its answer says of the instance counts, not the HTTP status; where it says
 * nothing, or nobody answered in time, QIDO-RS is asked whether the instance is there, before it is sent again.
 */
export function createStowDestination(settings: StowSettings): Destination {
  const unreachable = 'DESTINATION_UNREACHABLE';
  const send = createSend(settings, unreachable);
  const query = createQuery(settings.name, send, { unreachable, unusable: unreachable });
  const readBack = createReadBack(settings.name, send);
  const { commitment = false, commitmentMs = 30_000 } = settings;
  const commit = createCommit(settings.name, send, { commitmentMs });
  const unsure = new Set<string>(); // sent, and not known whether taken
  const uncommitted = new Set<string>(); // taken, and not yet vouched for

  async function isThere({ facts }: Instance, signal: AbortSignal): Promise<boolean> {
    const parameters = { SOPInstanceUID: facts.sopInstance, limit: 1 };
    const found = await query.instances({ study: facts.study, series: facts.series }, parameters, signal);
    return found.some((dataset) => dataset['00080018']?.Value?.[0] === facts.sopInstance);
  }

  async function confirm(outcome: StoreOutcome, instance: Instance, signal: AbortSignal): Promise<void> {
    const { name } = settings;
    switch (outcome.kind) {
      case 'stored':
        return;
      case 'busy':
        throw new AgentError('DESTINATION_BUSY', `${name}: ${outcome.reason}.`);
      case 'refused':
        throw new AgentError('DESTINATION_REFUSED', `${name}: ${outcome.reason}.`);
      case 'duplicate':
        if (await isThere(instance, signal)) return;
        throw new AgentError('DESTINATION_REFUSED', `${name}: it has the SOP Instance UID, but in another series.`);
      case 'unknown':
        if (await isThere(instance, signal)) return;
        throw new AgentError('DESTINATION_BUSY', `${name}: the instance was not confirmed (${outcome.reason}).`);
    }
  }

  async function store(instance: Instance, path: string, signal: AbortSignal): Promise<void> {
    const { sopInstance } = instance.facts;
    // An archive that cannot be asked is sent the instance again: under its UID, that does no harm.
    if (unsure.has(sopInstance) && (await isThere(instance, signal).catch(() => false))) return;
    unsure.add(sopInstance);
    const outcome = await storeFile(send, { path, sopInstance }, signal);
    if (outcome.kind !== 'unknown') unsure.delete(sopInstance);
    await confirm(outcome, instance, signal);
  }

  return {
    name: settings.name,
    async deliver(instance, path, signal) {
      const { sopInstance } = instance.facts;
      if (!uncommitted.has(sopInstance)) await store(instance, path, signal);
      if (settings.readBack) await readBack(instance, path, signal);
      unsure.delete(sopInstance);
      if (!commitment) return settings.readBack ? { kind: 'proved', proof: 'read-back' } : undefined;
      uncommitted.add(sopInstance);
      const answer = await commit(instance.facts, signal);
      // What it says it does not have is sent again; while it says nothing it is asked again.
      uncommitted.delete(sopInstance);
      if (answer !== 'committed') throw answer;
      return { kind: 'proved', proof: 'committed' };
    },
  };
}
