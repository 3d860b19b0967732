import { writeFileSync } from 'node:fs';
import { loadFindings } from '#models/echoclip/findings';
import { createClipTokenizer } from '#models/tokenizers/clip-bpe';
import { promptsOf } from '#models/zero-shot/prompts';

// Writes the sentences of all findings with their token ids: what the text tower is taught to read.

const contextLength = 77;
const tokenizer = createClipTokenizer();
const idsOf = (sentence: string): number[] => Array.from(tokenizer.encodeBatch([sentence], contextLength), Number);

const findings = (await loadFindings()).map((definition) => ({
  id: definition.id,
  kind: definition.kind,
  prompts: promptsOf(definition).map(({ sentence, states }) => ({ states, ids: idsOf(sentence) })),
  grades: definition.kind === 'grade' ? definition.grades.map(({ id }) => id) : [],
  denials:
    definition.kind === 'presence' ? (definition.denials ?? []).map((sentence) => ({ ids: idsOf(sentence) })) : [],
}));
writeFileSync(process.argv[2]!, JSON.stringify({ vocabularySize: tokenizer.vocabularySize, findings }));
