import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import type { ImportedModel } from '#models/imported-model';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { promptsOf } from '#models/zero-shot/prompts';
import { embedSentences } from './embed.ts';
import type { SentenceCache } from './sentence-cache.ts';

/** The embeddings of sentences: each is computed once. */
export interface Sentences {
  /** Embeds what is not known yet, in this process or in the cache; the text encoder is loaded for it, and let go. */
  learn(sentences: readonly string[]): Promise<void>;
  /** A unit row. */
  of(sentence: string): Promise<Float32Array>;
  /** Unit rows, one a prompt of the finding. */
  matrix(definition: FindingDefinition): Promise<Float32Array>;
}

/** Fewer are computed as quickly as they are looked up. */
const cachedMin = 16;

/** Opens the text side of a model that reads ids of this tokenizer. Throws MODEL_UNFIT. */
export function openSentences(model: ImportedModel, tokenizer: Tokenizer, cache?: SentenceCache): Sentences {
  const { embedWidth: width, contextLength, vocabularySize } = model.manifest;
  if (width === undefined || contextLength === undefined || vocabularySize === undefined) {
    throw new AgentError('MODEL_UNFIT', 'Its manifest says nothing of the text encoder: import the model again.');
  }
  if (vocabularySize !== tokenizer.vocabularySize) {
    throw new AgentError(
      'MODEL_UNFIT',
      `Its text encoder knows ${vocabularySize} ids, the tokenizer ${tokenizer.vocabularySize}: it was trained with another one.`,
    );
  }
  const known = new Map<string, Float32Array>();
  const compute = async (sentences: readonly string[]): Promise<Float32Array> => {
    const session = await model.open('text');
    try {
      return await embedSentences(session, sentences, { tokenizer, contextLength, width });
    } finally {
      await session.close();
    }
  };
  const learn = async (sentences: readonly string[]): Promise<void> => {
    const unknown = [...new Set(sentences)].filter((sentence) => !known.has(sentence));
    if (unknown.length === 0) return;
    const unread = unknown.find((sentence) => tokenizer.encode(sentence).length === 0);
    if (unread !== undefined) {
      // All of them would have one embedding, which says nothing.
      throw new AgentError(
        'CONFIGURATION_INVALID',
        `The model's vocabulary has nothing for the sentence ${JSON.stringify(unread)}: EchoCLIP-R reads its authors' phrases only.`,
      );
    }
    const kept = unknown.length < cachedMin ? undefined : cache;
    const before = await kept?.read(unknown);
    const rows = before?.length === unknown.length * width ? before : await compute(unknown);
    if (rows !== before) await kept?.write(unknown, rows);
    for (const [row, sentence] of unknown.entries()) known.set(sentence, rows.slice(row * width, (row + 1) * width));
  };
  return {
    learn,
    async of(sentence) {
      await learn([sentence]);
      return known.get(sentence)!;
    },
    async matrix(definition) {
      const prompts = promptsOf(definition).map(({ sentence }) => sentence);
      await learn(prompts);
      const matrix = new Float32Array(prompts.length * width);
      for (const [row, prompt] of prompts.entries()) matrix.set(known.get(prompt)!, row * width);
      return matrix;
    },
  };
}
