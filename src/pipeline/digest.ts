import { createHash } from 'node:crypto';
import type { Instance } from '#domain/instance';

/** SHA-256 over what was assessed: the UIDs and contents of the instances, in an order of their own. */
export function sourceDigest(instances: readonly Instance[]): string {
  const lines = instances.map((instance) => `${instance.facts.sopInstance} ${instance.sha256}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
