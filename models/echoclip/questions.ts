import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import { createClipTokenizer } from '#models/tokenizers/clip-bpe';
import { inAuthorsWords } from './authors-prompts.ts';
import { inOrder, loadFindings } from './findings.ts';
import { loadSiteFindings } from './site-findings.ts';

/** What a site asks beyond our findings, or in other words. */
export interface Asking {
  /** A folder with one YAML file a finding. */
  readonly findingsFolder?: string | undefined;
  /** The authors' prompts_used.json. */
  readonly prompts?: string | undefined;
}

/** Every finding that is asked for: ours, then the site's. Throws CONFIGURATION_INVALID. */
export async function loadQuestions({ findingsFolder, prompts }: Asking): Promise<readonly FindingDefinition[]> {
  const shipped = await loadFindings();
  const worded = prompts === undefined ? shipped : await inAuthorsWords(shipped, prompts);
  if (findingsFolder === undefined) return worded;
  const all = [...worded, ...(await loadSiteFindings(findingsFolder, createClipTokenizer()))];
  requireDistinct(all);
  return inOrder(all);
}

/** An answer must be told from every other, in a calibration by its id and in a report by its concept. */
function requireDistinct(definitions: readonly FindingDefinition[]): void {
  for (const [index, { id, concept }] of definitions.entries()) {
    const before = definitions.slice(0, index);
    if (before.some((other) => other.id === id)) throw wrong(`two findings are called ${id}`);
    const same = before.find(({ concept: { scheme, value } }) => scheme === concept.scheme && value === concept.value);
    if (same)
      throw wrong(`${id} and ${same.id} have one concept, ${concept.value} (${concept.scheme}): give it another`);
  }
}

function wrong(why: string): AgentError {
  return new AgentError('CONFIGURATION_INVALID', `The findings do not go together: ${why}.`);
}
