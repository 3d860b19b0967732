import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Code } from '#domain/code';
import type { FindingDefinition } from '#domain/finding';
import { views } from '#domain/view';
import { loadFindings } from '#models/echoclip/findings';
import { createClipTokenizer } from '#models/tokenizers/clip-bpe';

const definitions = await loadFindings();
const tokenizer = createClipTokenizer();

const sentencesOf = (definition: FindingDefinition): readonly string[] => {
  switch (definition.kind) {
    case 'measurement':
      return definition.sentences;
    case 'presence':
      return [...definition.sentences, ...(definition.denials ?? [])];
    case 'grade':
      return definition.grades.flatMap(({ sentences }) => sentences);
  }
};
// A number below 30 is below 50 too: the bounds of the ejection fraction share their statements.
const isBound = (id: string): boolean => id.startsWith('left-ventricular-ejection-fraction-below-');
const codesOf = (definition: FindingDefinition): readonly Code[] => [
  definition.concept,
  definition.site,
  ...(definition.kind === 'measurement' ? [definition.unit] : []),
  ...(definition.kind === 'grade' ? definition.grades.map(({ answer }) => answer) : []),
];

describe('the findings of EchoCLIP', () => {
  test('are the files of the folder, each under the name of its id', () => {
    const files = readdirSync(new URL('../../../models/echoclip/findings/', import.meta.url));
    expect(definitions.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
    expect(new Set(definitions.map(({ id }) => id)).size).toBe(definitions.length);
  });

  test('begin with what is measured', () => {
    const kinds = definitions.map(({ kind }) => kind);
    expect(kinds).toEqual([...kinds].sort((a, b) => 'mgp'.indexOf(a[0]!) - 'mgp'.indexOf(b[0]!)));
  });

  test('end with the bounds of the ejection fraction, so that a thing in the heart is drawn before them', () => {
    const bounds = [30, 40, 50].map((bound) => `left-ventricular-ejection-fraction-below-${bound}`);
    expect(definitions.slice(-3).map(({ id }) => id)).toEqual(bounds);
  });

  test('ask no two questions with the same sentence or the same concept', () => {
    const apart = definitions.filter(({ id }) => !isBound(id));
    const sentences = apart.flatMap(sentencesOf);
    expect(new Set(sentences).size).toBe(sentences.length);
    const concepts = definitions.map(({ concept }) => `${concept.scheme} ${concept.value}`);
    expect(new Set(concepts).size).toBe(concepts.length);
  });

  test.each([50, 40, 30])(
    'state an ejection fraction below %d with lower numbers, and deny it with others',
    (bound) => {
      const below = definitions.find(({ id }) => id === `left-ventricular-ejection-fraction-below-${bound}`);
      if (below?.kind !== 'presence') throw new Error('not asked');
      const numbersOf = (sentences: readonly string[] = []) => sentences.map((one) => Number(/\d+/.exec(one)?.[0]));
      const [stated, denied] = [numbersOf(below.sentences), numbersOf(below.denials)];
      expect(stated.every((number) => number >= 10 && number < bound)).toBe(true);
      expect(denied.every((number) => number >= bound && number <= 75)).toBe(true);
      expect(new Set([...stated, ...denied]).size).toBe(14);
    },
  );

  describe.each(definitions.map((definition) => [definition.id, definition] as const))('%s', (_, definition) => {
    test('has codes that a data set can hold (PS3.5 table 6.2-1: SH 16, LO 64 characters)', () => {
      for (const { value, scheme, meaning } of codesOf(definition)) {
        expect(value).toMatch(/^[!-[\]-~]{1,16}$/);
        expect(scheme).toMatch(/^(SCT|LN|DCM|UCUM|99APICAL)$/);
        expect(meaning).toMatch(/^[ -[\]-~]{1,64}$/);
        if (scheme === 'SCT') expect(hasVerhoeffDigit(value)).toBe(true);
        if (scheme === 'LN') expect(hasLoincDigit(value)).toBe(true);
      }
    });

    test('is asked in views that exist', () => {
      expect(definition.views.length).toBeGreaterThan(0);
      for (const view of definition.views) expect(views).toContain(view);
    });

    test('has sentences that the text encoder reads to the end', () => {
      expect(sentencesOf(definition).length).toBeGreaterThan(0);
      for (const sentence of sentencesOf(definition)) {
        expect(tokenizer.encode(sentence.replace('<#>', '100')).length).toBeLessThanOrEqual(75);
      }
    });

    test('leaves room for a number exactly where it measures', () => {
      const rooms = definition.kind === 'measurement' ? 1 : 0;
      for (const sentence of sentencesOf(definition)) expect(sentence.split('<#>').length - 1).toBe(rooms);
    });

    test('grades from the healthy heart upwards', () => {
      if (definition.kind !== 'grade') return;
      expect(definition.grades[0]?.id).toBe('normal');
      expect(new Set(definition.grades.map(({ id }) => id)).size).toBe(definition.grades.length);
      expect(definition.grades.every(({ sentences }) => sentences.length > 0)).toBe(true);
    });
  });
});

/** SNOMED CT identifiers end in a Verhoeff check digit: a mistyped code is caught here. */
function hasVerhoeffDigit(id: string): boolean {
  const multiply = (a: number, b: number) => {
    const rotated = (a % 5) + (b % 5);
    if (a < 5) return b < 5 ? rotated % 5 : 5 + (rotated % 5);
    const turned = (((a - b) % 5) + 5) % 5;
    return b < 5 ? 5 + turned : turned;
  };
  let permutation = Array.from({ length: 10 }, (_, digit) => digit);
  const step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  let check = 0;
  for (const digit of Array.from(id).reverse().map(Number)) {
    check = multiply(check, permutation[digit]!);
    permutation = permutation.map((_, at) => permutation[step[at]!]!);
  }
  return check === 0;
}

/** LOINC numbers end in a Luhn check digit behind a hyphen. */
function hasLoincDigit(id: string): boolean {
  const [number = '', check] = id.split('-');
  const sum = Array.from(number)
    .reverse()
    .reduce((total, digit, at) => {
      const weighted = Number(digit) * (at % 2 === 0 ? 2 : 1);
      return total + (weighted > 9 ? weighted - 9 : weighted);
    }, 0);
  return (10 - (sum % 10)) % 10 === Number(check);
}
