import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import type { ImportedModel } from '#models/imported-model';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { promptsOf } from '#models/zero-shot/prompts';
import { embedSentences } from './embed.ts';
import type { SentenceCache } from './sentence-cache.ts';

/** The embeddings of sentences: each is computed once, as long as it is remembered. */
export interface Sentences {
  /** Embeds the sentences of what is asked, and keeps them until others are learnt; the text encoder is loaded for it, and let go. */
  learn(sentences: readonly string[]): Promise<void>;
  /** A unit row. */
  of(sentence: string): Promise<Float32Array>;
  /** Unit rows for each finding, one a prompt. */
  matrices(definitions: readonly FindingDefinition[]): Promise<readonly Float32Array[]>;
}

/** Fewer are computed as quickly as they are looked up. */
const cachedMin = 16;
/** Sentences beyond those of the findings, such as a reader's own: the latest are remembered, 2 kB each. */
const othersMaxDefault = 4096;

/** Opens the text side of a model that reads ids of this tokenizer. Throws MODEL_UNFIT. */
export function openSentences(
  model: Pick<ImportedModel, 'manifest' | 'open'>,
  tokenizer: Tokenizer,
  cache?: SentenceCache,
  othersMax = othersMaxDefault,
): Sentences {
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
  let asked: ReadonlyMap<string, Float32Array> = new Map();
  const others = new Map<string, Float32Array>();
  const compute = async (sentences: readonly string[]): Promise<Float32Array> => {
    const session = await model.open('text');
    try {
      return await embedSentences(session, sentences, { tokenizer, contextLength, width });
    } finally {
      await session.close();
    }
  };
  const rowsOf = async (sentences: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> => {
    const rows = new Map<string, Float32Array>();
    for (const sentence of sentences) {
      const row = asked.get(sentence) ?? others.get(sentence);
      if (row) rows.set(sentence, row);
    }
    const unknown = [...new Set(sentences)].filter((sentence) => !rows.has(sentence));
    if (unknown.length === 0) return rows;
    requireReadable(unknown, tokenizer);
    const kept = unknown.length < cachedMin ? undefined : cache;
    const before = await kept?.read(unknown);
    const embedded = before?.length === unknown.length * width ? before : await compute(unknown);
    if (embedded !== before) await kept?.write(unknown, embedded);
    for (const [row, sentence] of unknown.entries()) rows.set(sentence, embedded.slice(row * width, (row + 1) * width));
    return rows;
  };
  const rowsOfOthers = async (sentences: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> => {
    const rows = await rowsOf(sentences);
    for (const [sentence, row] of rows) {
      if (asked.has(sentence)) continue;
      others.delete(sentence); // the latest stand last
      others.set(sentence, row);
    }
    for (const oldest of [...others.keys()].slice(0, Math.max(0, others.size - othersMax))) others.delete(oldest);
    return rows;
  };
  return {
    async learn(sentences) {
      asked = await rowsOf(sentences);
    },
    async of(sentence) {
      return (await rowsOfOthers([sentence])).get(sentence)!;
    },
    async matrices(definitions) {
      const prompts = definitions.map((definition) => promptsOf(definition).map(({ sentence }) => sentence));
      const rows = await rowsOfOthers(prompts.flat());
      return prompts.map((sentences) => {
        const matrix = new Float32Array(sentences.length * width);
        for (const [row, sentence] of sentences.entries()) matrix.set(rows.get(sentence)!, row * width);
        return matrix;
      });
    },
  };
}

/** Sentences without an id would all have one embedding, which says nothing. Throws CONFIGURATION_INVALID. */
function requireReadable(sentences: readonly string[], tokenizer: Tokenizer): void {
  const unread = sentences.find((sentence) => tokenizer.encode(sentence).length === 0);
  if (unread === undefined) return;
  throw new AgentError(
    'CONFIGURATION_INVALID',
    `The model's vocabulary has nothing for the sentence ${JSON.stringify(unread)}: EchoCLIP-R reads its authors' phrases only.`,
  );
}
