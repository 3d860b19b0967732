import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AgentError } from '#domain/errors';
import type { Tokenizer } from './clip-bpe.ts';
import { cleanReport, takeVariables } from './report-text.ts';
import { inRows } from './in-rows.ts';

// EchoCLIP-R reads reports as phrases of a list, each followed by the numbers and grades that stood in it. The list is
// the authors' and not part of this program: it is read from the user's copy.

/** The phrases, one a line, each with the blank that ends it. */
export const phrasesFile = 'template_vocab.txt';
/** The tokens that both vocabularies begin with. */
export const baseFile = 'blank_wordpiece.tokenizer';

const baseSchema = z.looseObject({ model: z.looseObject({ vocab: z.record(z.string(), z.int()) }) });

/** The tokenizer of EchoCLIP-R over the vocabulary in a folder, for a text encoder of so many rows. Throws CONFIGURATION_INVALID. */
export function createEchoClipRTokenizer(folder: string, rows: number): Tokenizer {
  const base = baseTokens(folder);
  const content = read(join(folder, phrasesFile));
  const phrases = new Vocabulary(base, content.split('\n'));
  const values = new Vocabulary(base, variableTokens);
  const [start, end] = [phrases.size + values.size, phrases.size + values.size + 1];
  const spellings = spelled(phrases);

  const encode = (text: string): number[] => {
    const { variables, template } = takeVariables(cleanReport(text));
    let seen = 0;
    return scan(template, spellings).flatMap(({ id, text: piece }) => {
      const own = variables.slice(seen, (seen += placesIn(piece)));
      if (id === undefined) return []; // what is no phrase is dropped, and its numbers with it
      const ids = scan(own.join('‡'), values.spellings).map(({ id = unknown }) => id + phrases.size);
      return [id, ...ids];
    });
  };
  return {
    encode,
    encodeBatch: (texts, contextLength) => inRows(texts.map(encode), { contextLength, start, end }),
    // Checkpoints may have spare rows.
    vocabularySize: Math.max(rows, end + 1),
    digest: createHash('sha256')
      .update(JSON.stringify([base, content]))
      .digest('hex'),
  };
}

const unknown = 0;
const span = (count: number, before = ''): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${before}${at}`);
const grades = ['MILD', 'MODERATE', 'SEVERE', 'MILD/MODERATE', 'MODERATE/SEVERE'];
/** Numbers, the sign between two of them, grades, tenths, and numbers with a leading zero. */
const variableTokens = [...span(101), '‡', ...grades, ...span(10, '.'), ...span(10, '0')];

/** Ids by token: the base first, then each new one in order. */
class Vocabulary {
  readonly spellings: ReadonlyMap<string, number>;
  readonly size: number;

  constructor(base: readonly string[], tokens: readonly string[]) {
    const ids = new Map(base.map((token, id) => [token, id]));
    for (const token of tokens) if (token !== '' && !ids.has(token)) ids.set(token, ids.size);
    this.spellings = ids;
    this.size = ids.size;
  }
}

/**
 * The phrases, and spellings that reports use for them: a colon for the full stop, and no full stop after a measured
 * value. The authors mend a list of phrases of theirs in this way; here it holds for every phrase of the form.
 */
function spelled({ spellings }: Vocabulary): ReadonlyMap<string, number> {
  const all = new Map(spellings);
  for (const [phrase, id] of spellings) {
    if (!phrase.endsWith('. ')) continue;
    const body = phrase.slice(0, -2);
    const others = [`${body}: `, `${body}.: `, ...(/<#>[A-Z%]*$/.test(body) ? [`${body} `] : [])];
    for (const other of others) if (!all.has(other)) all.set(other, id);
  }
  return all;
}

interface Piece {
  /** Undefined for what no token covers. */
  readonly id: number | undefined;
  readonly text: string;
}

/** Cuts a text into tokens, from the left the longest that fits; what none covers stays together as one piece. */
function scan(text: string, spellings: ReadonlyMap<string, number>): readonly Piece[] {
  const byFirst = Map.groupBy(spellings.keys(), (token) => token[0]);
  const pieces: Piece[] = [];
  let from = 0; // of what no token covers
  for (let at = 0; at < text.length;) {
    const fitting = (byFirst.get(text[at]) ?? []).filter((token) => text.startsWith(token, at));
    if (fitting.length === 0) {
      at++;
      continue;
    }
    const token = fitting.reduce((longest, token) => (token.length > longest.length ? token : longest));
    if (from < at) pieces.push({ id: undefined, text: text.slice(from, at) });
    pieces.push({ id: spellings.get(token), text: token });
    at += token.length;
    from = at;
  }
  if (from < text.length) pieces.push({ id: undefined, text: text.slice(from) });
  return pieces;
}

function placesIn(phrase: string): number {
  return phrase.split('<#>').length - 1;
}

/** The tokens both vocabularies begin with, in order of their ids; the first stands for what is unknown. */
function baseTokens(folder: string): readonly string[] {
  const path = join(folder, baseFile);
  if (!existsSync(path)) return ['[UNK]', '[CLS]', '[SEP]', '[PAD]', '[MASK]']; // WordPiece's usual five
  try {
    const { vocab } = baseSchema.parse(JSON.parse(read(path))).model;
    const tokens = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!);
    if (tokens[unknown] === '[UNK]' && tokens.every((token, id) => vocab[token] === id)) return tokens;
  } catch (cause) {
    throw unfit(`${baseFile} cannot be read`, cause);
  }
  throw unfit(`the ids of ${baseFile} do not run from [UNK], 0`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unfit(`${path} cannot be read`, cause);
  }
}

function unfit(why: string, cause?: unknown): AgentError {
  return new AgentError('CONFIGURATION_INVALID', `The template vocabulary cannot be used: ${why}.`, { cause });
}
