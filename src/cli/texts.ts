import { readFile } from 'node:fs/promises';
import { AgentError } from '#domain/errors';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { readArray } from './arrays.ts';

/** The lines of a text file, one text each. Throws NOT_FOUND or REQUEST_INVALID. */
export async function linesOf(path: string): Promise<readonly string[]> {
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AgentError('NOT_FOUND', `${path} cannot be opened.`, { cause });
  });
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new AgentError('REQUEST_INVALID', `${path} is empty: write one text a line.`);
  return lines;
}

interface Reader {
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly vocabularySize: number;
}

/** Ids of texts, one row each: of a text file's lines, or, from an .npy file of int64, as they are. */
export async function idsOf(
  path: string,
  { tokenizer, contextLength, vocabularySize }: Reader,
): Promise<BigInt64Array> {
  if (!path.toLowerCase().endsWith('.npy')) {
    requireVocabulary(tokenizer, vocabularySize);
    return tokenizer.encodeBatch(await linesOf(path), contextLength);
  }
  const { shape, values } = await readArray(path);
  if (!(values instanceof BigInt64Array) || shape.at(-1) !== contextLength || shape.length > 2 || values.length === 0)
    throw new AgentError('REQUEST_INVALID', `${path}: give ids as int64 of shape [texts, ${contextLength}].`);
  if (values.some((id) => id < 0n || id >= BigInt(vocabularySize)))
    throw new AgentError('REQUEST_INVALID', `${path}: the ids must lie between 0 and ${vocabularySize - 1}.`);
  return values;
}

/** Throws MODEL_UNFIT where a text encoder was trained with another tokenizer. */
export function requireVocabulary(tokenizer: Tokenizer, vocabularySize: number): void {
  if (tokenizer.vocabularySize === vocabularySize) return;
  throw new AgentError(
    'MODEL_UNFIT',
    `Its text encoder knows ${vocabularySize} ids, the tokenizer ${tokenizer.vocabularySize}: it was trained with another one. Give ids instead, as --texts FILE.npy.`,
  );
}
