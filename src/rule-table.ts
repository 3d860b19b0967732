import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import type { Rule } from '#domain/rule';
import type { RuleTable } from '#pipeline/agent';

/** The site's rules; one without words of its own is told by its name. */
export function ruleTableOf({ triage }: Pick<Configuration, 'triage'>): RuleTable {
  const lines = triage.rules.map((rule) => ({ ...rule, message: rule.message ?? rule.name }) as Rule);
  return { lines, usual: triage.usual };
}

/** A rule on a finding that nobody looks for would be silent for ever. Throws CONFIGURATION_INVALID. */
export function checkRules({ triage }: Pick<Configuration, 'triage'>, definitions: readonly FindingDefinition[]): void {
  const known = definitions.map(({ id }) => id);
  const lost = triage.rules.find(({ finding }) => finding !== undefined && !known.includes(finding));
  if (!lost) return;
  const detail = `triage.rules: ${lost.name} asks for ${lost.finding}, which is no finding of the model. It has: ${known.join(', ')}.`;
  throw new AgentError('CONFIGURATION_INVALID', detail);
}
