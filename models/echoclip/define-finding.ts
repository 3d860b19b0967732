import type { FindingDefinition } from '#domain/finding';

/** Declares a finding that EchoCLIP is asked for: one file of `findings` each, held to its rules by the conformance test. */
export function defineFinding(definition: FindingDefinition): FindingDefinition {
  return definition;
}
