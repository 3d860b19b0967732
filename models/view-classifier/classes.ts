import { AgentError } from '#domain/errors';
import type { View } from '#domain/view';

// EchoPrime's classes in the order of its logits. Doppler clips are a view of their own: nothing is asked of them.
const viewsOfClasses = {
  A2C: 'A2C',
  A3C: 'A3C',
  A4C: 'A4C',
  A5C: 'A5C',
  Apical_Doppler: 'doppler',
  Doppler_Parasternal_Long: 'doppler',
  Doppler_Parasternal_Short: 'doppler',
  Parasternal_Long: 'PLAX',
  Parasternal_Short: 'PSAX',
  SSN: 'SSN',
  Subcostal: 'subcostal',
} as const satisfies Record<string, View>;

/** The classes of a classifier whose manifest names none. */
export const classesInOrder: readonly string[] = Object.keys(viewsOfClasses);

/** The view that a class stands for. Throws MODEL_UNFIT. */
export function viewOfClass(name: string): View {
  if (!Object.hasOwn(viewsOfClasses, name))
    throw new AgentError('MODEL_UNFIT', `Its class ${name} is no view known here.`);
  return viewsOfClasses[name as keyof typeof viewsOfClasses];
}
