import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { cleanText } from './clean-text.ts';
import { inRows } from './in-rows.ts';

/** Turns sentences into what a text encoder reads. */
export interface Tokenizer {
  /** Ids of the text alone, without start and end. */
  encode(text: string): number[];
  /** One row a text: start, text, end, zeros; a text that is too long is cut, and the end kept. */
  encodeBatch(texts: readonly string[], contextLength: number): BigInt64Array;
  /** How many ids there are: the text encoder's embedding must have as many rows. */
  readonly vocabularySize: number;
  /** Of a vocabulary that is not part of this program. */
  readonly digest?: string;
}

const mergesFile = new URL('./bpe_simple_vocab_16e6.txt.gz', import.meta.url);
// 49,408 ids in all: 256 bytes, the same at the end of a word, merges, of a longer list, start and end.
const closing = 256;
const firstMerged = 2 * 256;
const mergesUsed = 49_408 - firstMerged - 2;
const start = 49_406;
const end = 49_407;
const wordEnd = '</w>';
const pieces = /<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}\u0345]+|\p{N}|[^\s\p{L}\p{N}]+/giu;

/** CLIP's byte-pair encoding (Radford et al. 2021): lower-cased, one digit a token, words closed by an end mark. */
export function createClipTokenizer(): Tokenizer {
  const { bytes, ranks } = readVocabulary();
  const known = new Map<string, readonly number[]>([
    ['<start_of_text>', [start]],
    ['<end_of_text>', [end]],
  ]);

  const encodePiece = (piece: string): readonly number[] => {
    const spelled = Array.from(Buffer.from(piece, 'utf8'), (byte) => bytes[byte]!);
    spelled.push(spelled.pop()! + closing);
    return merge(spelled, ranks);
  };
  const encode = (text: string): number[] =>
    (cleanText(text).match(pieces) ?? []).flatMap((piece) => known.get(piece) ?? encodePiece(piece));

  return {
    encode,
    encodeBatch: (texts, contextLength) => inRows(texts.map(encode), { contextLength, start, end }),
    vocabularySize: end + 1,
  };
}

/** Joins the pair of lowest rank, everywhere it stands, until no pair of the list is left. */
function merge(spelled: readonly number[], ranks: ReadonlyMap<number, number>): readonly number[] {
  let word = spelled;
  while (word.length > 1) {
    const rank = Math.min(...word.slice(1).map((id, at) => ranks.get(pairOf(word[at]!, id)) ?? Infinity));
    if (rank === Infinity) break;
    const joined: number[] = [];
    for (let at = 0; at < word.length; at++) {
      const isBest = at + 1 < word.length && ranks.get(pairOf(word[at]!, word[at + 1]!)) === rank;
      joined.push(isBest ? firstMerged + rank : word[at]!);
      if (isBest) at++;
    }
    word = joined;
  }
  return word;
}

/** Two ids of 16 bits as one small integer, negative for some. */
function pairOf(first: number, second: number): number {
  return (first << 16) | second;
}

/** The ids of single bytes within a word, and the rank of each pair of ids: of the list itself, 12 MB as text, nothing is kept. */
function readVocabulary(): { readonly bytes: readonly number[]; readonly ranks: ReadonlyMap<number, number> } {
  const letters = byteLetters();
  const inOrder = printableFirst().map((byte) => letters[byte]!);
  const ids = new Map([...inOrder, ...inOrder.map((letter) => letter + wordEnd)].map((symbol, id) => [symbol, id]));
  const bytes = letters.map((letter) => ids.get(letter)!);
  const ranks = new Map<number, number>();
  const lines = gunzipSync(readFileSync(mergesFile)).toString('utf8').split('\n');
  // the first line names the list's version
  for (const [rank, line] of lines.slice(1, 1 + mergesUsed).entries()) {
    const [first, second] = line.split(' ') as [string, string];
    ranks.set(pairOf(ids.get(first)!, ids.get(second)!), rank);
    ids.set(first + second, firstMerged + rank);
  }
  return { bytes, ranks };
}

/** A visible letter for each byte: printable Latin-1 stands for itself, the rest moves behind it. */
function byteLetters(): readonly string[] {
  const letters: string[] = [];
  let moved = 256;
  for (let byte = 0; byte < 256; byte++) {
    letters.push(String.fromCodePoint(isPrintable(byte) ? byte : moved++));
  }
  return letters;
}

function printableFirst(): readonly number[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return [...bytes.filter(isPrintable), ...bytes.filter((byte) => !isPrintable(byte))];
}

function isPrintable(byte: number): boolean {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
}
