import type { ListedInstance } from '#src/ports/archives';
import type { Keys } from './identifier.ts';

/** The unique keys of one instance (PS3.4 section C.6.2.1). */
export function instanceKeys({ study, series, sopInstance }: ListedInstance): Keys {
  return { '00080052': 'IMAGE', '0020000D': study, '0020000E': series, '00080018': sopInstance };
}
