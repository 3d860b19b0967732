import { expect, test } from '@jest/globals';
import { openSentences } from '#models/echoclip/sentences';
import type { ImportedModel } from '#models/imported-model';
import type { RuntimeTensor } from '#models/runtime';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';

// Every sentence is one id, its last letter; its embedding points along that letter's axis.
const letters = 'abcdef';
const idOf = (sentence: string): number => letters.indexOf(sentence.at(-1)!) + 1;
const tokenizer: Tokenizer = {
  vocabularySize: letters.length + 1,
  digest: 'letters',
  encode: (sentence) => [idOf(sentence)],
  encodeBatch: (sentences) => BigInt64Array.from(sentences, (sentence) => BigInt(idOf(sentence))),
};
const rowOf = (sentence: string) => Float32Array.from(letters, (_, at) => Number(at === idOf(sentence) - 1));

/** Which sentences reach the text encoder, each time it is loaded. */
function opened(othersMax?: number) {
  const computed: string[] = [];
  const run = async (inputs: Readonly<Record<string, RuntimeTensor>>) => {
    const ids = Array.from(inputs['ids']!.data as BigInt64Array, Number);
    const names = ids.map((id) => letters[id - 1]!);
    computed.push(names.join(''));
    const data = Float32Array.from(names.flatMap((name) => [...rowOf(name)]));
    return { embedding: { data, dims: [names.length, letters.length] } };
  };
  const manifest = { embedWidth: letters.length, contextLength: 1, vocabularySize: tokenizer.vocabularySize };
  const model = {
    manifest: manifest as ImportedModel['manifest'],
    open: async () => ({ run, close: async () => undefined }),
  };
  return { computed, sentences: openSentences(model, tokenizer, undefined, othersMax) };
}

test('sentences of one’s own are remembered up to a number, and those asked longest ago are forgotten first', async () => {
  const { computed, sentences } = opened(2);
  for (const letter of 'abac') expect(await sentences.of(letter)).toEqual(rowOf(letter));
  expect(computed).toEqual(['a', 'b', 'c']);
  await sentences.of('a');
  expect(computed).toEqual(['a', 'b', 'c']);
  await sentences.of('b');
  expect(computed).toEqual(['a', 'b', 'c', 'b']);
});

test('sentences of the findings are never forgotten, however many others are asked, until other findings are', async () => {
  const { computed, sentences } = opened(1);
  await sentences.learn(['a', 'b']);
  for (const letter of 'cdab') await sentences.of(letter);
  expect(computed).toEqual(['ab', 'c', 'd']);
  await sentences.learn(['b', 'e']);
  await sentences.of('a');
  expect(computed).toEqual(['ab', 'c', 'd', 'e', 'a']);
});

test('findings that nobody learnt beforehand are embedded together, also where they are more than are remembered', async () => {
  const { computed, sentences } = opened(1);
  const finding = (id: string, ...words: string[]) =>
    ({ kind: 'presence', id, title: id, concept: code, site: code, views: ['A4C'], sentences: words }) as const;
  const code = { value: 'X', scheme: '99TEST', meaning: 'X' };
  const [one, two] = await sentences.matrices([finding('one', 'a', 'b'), finding('two', 'b', 'c')]);
  expect(computed).toEqual(['abc']);
  expect(one).toEqual(Float32Array.of(...rowOf('a'), ...rowOf('b')));
  expect(two).toEqual(Float32Array.of(...rowOf('b'), ...rowOf('c')));
});
