import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createEchoClipRTokenizer } from '#models/tokenizers/echoclip-r';
import { keepVocabulary } from '#models/tokenizers/keep-vocabulary';
import { cleanReport, takeVariables } from '#models/tokenizers/report-text';
import { tokenizerOf } from '#models/tokenizers/tokenizer-of';

// A vocabulary of our own, in the form of EchoCLIP-R's.
const folder = mkdtempSync(join(tmpdir(), 'apical-vocabulary-'));
afterAll(() => rmSync(folder, { recursive: true }));
const phrases = [
  'THE PUMP FUNCTION IS <#>%. ', // 5
  'THE CHAMBER IS <#> WIDE. ', // 6
  'THE CHAMBER IS <#> WIDE. THE WALL IS <#> THICK. ', // 7
  'THE VALVES. ', // 8
  'THE GRADIENT IS <#>MMHG AT <#> BEATS. ', // 9
  'THE PA IS NORMAL. ', // 10
];
const base = { model: { type: 'WordPiece', vocab: { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, '[PAD]': 3, '[MASK]': 4 } } };
writeFileSync(join(folder, 'template_vocab.txt'), phrases.join('\n'));
writeFileSync(join(folder, 'blank_wordpiece.tokenizer'), JSON.stringify(base));

const variables = 5 + phrases.length;
const number = (value: number) => variables + 5 + value;
const [and, mild, moderate, severe] = [106, 107, 108, 109].map((id) => variables + id);
const tenth = (digit: number) => variables + 112 + digit;
const unknown = variables;
const start = variables + 132;
const end = variables + 133;
const tokenizer = createEchoClipRTokenizer(folder, 0);

describe('EchoCLIP-R’s tokenizer', () => {
  test.each([
    ['a phrase and the number in it', 'The pump function is 55%.', [5, number(55)]],
    ['a number with a tenth', 'The pump function is 55.5%.', [5, number(55), tenth(5)]],
    ['a number above a hundred from the left', 'The pump function is 120%.', [5, number(12), number(0)]],
    ['a grade', 'The chamber is mildly wide.', [6, mild]],
    ['the longest phrase that fits', 'The chamber is mildly wide. The wall is 9 thick.', [7, mild, and, number(9)]],
    [
      'two numbers with the sign between them',
      'The gradient is 20 mmHg at 70 beats.',
      [9, number(20), and, number(70)],
    ],
    ['phrases in order', 'The valves. The pump function is 5%.', [8, 5, number(5)]],
    ['nothing of what is no phrase, nor of its numbers', 'An IVC of 21 mm. The pump function is 60%.', [5, number(60)]],
    ['a grade that it has no token for', 'The chamber is very severely wide.', [6, unknown, severe]],
    ['a range of grades', 'The chamber is moderate/severe wide.', [6, variables + 111]],
    ['a value without its full stop', 'The pump function is 55% The valves.', [5, number(55), 8]],
    ['a heading with a colon', 'The valves: the pulmonary artery was normal.', [8, 10]],
  ])('reads %s', (_, text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  test('sets the text between start and end, cuts what is too long, and fills with zeros', () => {
    const long = 'The pump function is 55%. '.repeat(50);
    const batch = Array.from(tokenizer.encodeBatch(['The valves.', 'nothing', long], 7), Number);
    expect(batch.slice(0, 14)).toEqual([start, 8, end, 0, 0, 0, 0, start, end, 0, 0, 0, 0, 0]);
    expect(batch.slice(14)).toEqual([start, 5, number(55), 5, number(55), 5, end]);
  });

  test('counts the ids of both vocabularies, and lets a checkpoint have more', () => {
    expect(tokenizer.vocabularySize).toBe(end + 1);
    expect(createEchoClipRTokenizer(folder, 5000).vocabularySize).toBe(5000);
    expect(moderate).toBe(number(103));
  });

  test('is that of a model beside whose graphs its vocabulary lies', async () => {
    const model = join(folder, 'model');
    mkdirSync(model);
    expect(tokenizerOf(model, { vocabularySize: 49_408 }).encode('a heart')).toEqual([320, 1936]);
    await keepVocabulary(folder, model);
    expect(tokenizerOf(model, { vocabularySize: 49_408 }).encode('The valves.')).toEqual([8]);
    expect(tokenizer.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('says what is wrong with a vocabulary', () => {
    const wrong = join(folder, 'wrong');
    mkdirSync(wrong);
    expect(() => createEchoClipRTokenizer(wrong, 0)).toThrow(/template_vocab\.txt cannot be read/);
    writeFileSync(join(wrong, 'template_vocab.txt'), 'A. ');
    expect(createEchoClipRTokenizer(wrong, 0).encode('a.')).toEqual([5]);
    writeFileSync(join(wrong, 'blank_wordpiece.tokenizer'), '{}');
    expect(() => createEchoClipRTokenizer(wrong, 0)).toThrow(/blank_wordpiece\.tokenizer cannot be read/);
    writeFileSync(join(wrong, 'blank_wordpiece.tokenizer'), JSON.stringify({ model: { vocab: { '[CLS]': 0 } } }));
    expect(() => createEchoClipRTokenizer(wrong, 0)).toThrow(/do not run from \[UNK\]/);
  });
});

describe('a report', () => {
  test.each([
    [' the valve was  normally placed ', 'THE VALVE IS NORMAL PLACED '],
    ['Walls were thick.Really', 'WALLS ARE THICK. REALLY '],
    ['5 mm and/or 6  CM , 20 %', '5MM AND 6CM , 20% '],
    ['Swans were WASHED', 'SWANS ARE WASHED '],
    ['On 01/02/2020, code I25.10 and 01.02.2020', 'ON , CODE AND '],
    ['[x]^ `y` ‡ A..', "X 'Y' A. "],
    ['gradient 30 + CVPmmHg', 'GRADIENT 30MMHG '],
    ['3.5 wide', '3.5 WIDE '],
    ['x', 'x'],
    ['', ''],
  ])('%j is spelled %j', (text, spelled) => {
    expect(cleanReport(text)).toBe(spelled);
  });

  test('gives up its numbers and grades, but no part of a word', () => {
    const { variables, template } = takeVariables('MILD, 3.5MM, VERY SEVERE, UNMILD ٣ ');
    expect(variables).toEqual(['MILD', '3.5', 'VERY SEVERE', '٣']);
    expect(template).toBe('<#>, <#>MM, <#>, UNMILD <#> ');
  });
});
