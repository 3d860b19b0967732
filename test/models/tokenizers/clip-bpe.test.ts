import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createClipTokenizer } from '#models/tokenizers/clip-bpe';
import { sharedPath, testWith } from '#test/support/peers';

type Case = { text: string; ids: number[] };
const cases = JSON.parse(readFileSync(new URL('./clip_bpe_cases.json', import.meta.url), 'utf8')) as Case[];
const tokenizer = createClipTokenizer();

describe("CLIP's tokenizer", () => {
  test.each(cases.map(({ text, ids }) => [text.slice(0, 70), text, ids] as const))(
    'gives the ids of the published one: %j',
    (_, text, ids) => {
      expect(Array.from(tokenizer.encodeBatch([text], 77), Number)).toEqual(ids);
    },
  );

  testWith(['shared:reference/tokenizer/clip_bpe_cases.json'], 'gives the ids of every recorded text', () => {
    const all = JSON.parse(readFileSync(sharedPath('reference', 'tokenizer', 'clip_bpe_cases.json'), 'utf8')) as Case[];
    for (const { text, ids } of all) expect(Array.from(tokenizer.encodeBatch([text], 77), Number)).toEqual(ids);
  });

  test('keeps the end of a text that is too long', () => {
    const ids = Array.from(tokenizer.encodeBatch(['one two three four five six'], 5), Number);
    expect(ids).toEqual([49406, ...tokenizer.encode('one two three'), 49407]);
  });

  test('puts each text in a row of its own, filled with zeros', () => {
    const ids = Array.from(tokenizer.encodeBatch(['ejection', 'mild ejection'], 6), Number);
    expect(ids.slice(0, 6)).toEqual([49406, ...tokenizer.encode('ejection'), 49407, 0, 0, 0].slice(0, 6));
    expect(ids.slice(6)).toEqual([49406, ...tokenizer.encode('mild ejection'), 49407, 0, 0, 0].slice(0, 6));
  });

  test.each([
    ['MILD  EFFUSION\n', 'mild effusion'],
    ['the heart’s apex', "the heart's apex"],
    ['ﬁbrosis', 'fibrosis'],
    ['ＬＶ', 'lv'],
    ['a &amp;plusmn; b', 'a ± b'],
    ['5 &#37;', '5 %'],
    ['Cafe\u0301', 'café'],
    // What ftfy 6.3.1 and Python's html module make of them:
    ['the heart\u0092s apex', "the heart's apex"],
    ['the heart\u02bcs apex', "the heart's apex"],
    ['\u0149', "'n"],
    ['\ufb05', 'ſt'],
    ['\uff71', 'ア'],
    ['\u001b[31mred', 'red'],
    ['55&#150;60 %', '55–60 %'],
    ['5&#37of', '5%of'],
    ['a&#27;b', 'ab'],
    ['a&#0;b', 'a\ufffdb'],
    ['&EACUTE;', 'é'],
    ['caf&eacute', 'café'],
    ['&notit;', '¬it;'],
    ['a\u2003b\u001cc', 'a bc'],
  ])('reads %j as %j', (odd, plain) => {
    expect(tokenizer.encode(odd)).toEqual(tokenizer.encode(plain));
  });

  test('spells what it has never seen byte by byte', () => {
    expect(tokenizer.encode('\u{1f9ec}').length).toBeGreaterThan(0);
    expect(tokenizer.encode('\u{1f9ec}').every((id) => id >= 0 && id < 49406)).toBe(true);
  });

  test('makes nothing of nothing', () => {
    expect(tokenizer.encode(' \t ')).toEqual([]);
  });
});
