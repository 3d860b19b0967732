import type { PresenceDefinition } from '#domain/finding';
import { ourCode, sites } from './codes.ts';

/** The two sentences of the paper (Christensen et al., Nature Medicine 2024, CC BY 4.0), to the letter and the blank. */
export const fractionSentences = [
  'THE LEFT VENTRICULAR EJECTION FRACTION IS ESTIMATED TO BE <#>% ',
  'LV EJECTION FRACTION IS <#>%. ',
] as const;

// Between these, in steps, lie the numbers that are stated: most hearts have them, and so do most reports.
const [lowest, highest, step] = [10, 75, 5] as const;

/**
 * Whether the ejection fraction is below a bound: the mean similarity of statements of numbers below it, and statements
 * of the others for denials. It is asked apart from the number that is measured, so near the bound the two may disagree.
 */
export function fractionBelow(bound: number): PresenceDefinition {
  return {
    id: `left-ventricular-ejection-fraction-below-${bound}`,
    kind: 'presence',
    title: `Left ventricular ejection fraction below ${bound} %`,
    concept: ourCode(`LVEF-BELOW-${bound}`, `Left ventricular ejection fraction below ${bound} %`),
    site: sites.leftVentricle,
    views: ['A4C'],
    sentences: statementsOf(lowest, bound - step),
    denials: statementsOf(bound, highest),
  };
}

function statementsOf(first: number, last: number): readonly string[] {
  const numbers = Array.from({ length: (last - first) / step + 1 }, (_, at) => first + at * step);
  return fractionSentences.flatMap((sentence) => numbers.map((number) => sentence.replace('<#>', `${number}`)));
}
