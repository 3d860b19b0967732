import type { FindingDefinition } from '#domain/finding';
import { gradeQuestion } from './questions.ts';
import { quantile } from './statistics/bootstrap.ts';

/** Where a similarity stands among those of many clips: their similarities at 0, 5, 10 to 100 per cent of them. */
export type Ranking =
  | { readonly kind: 'presence'; readonly percentiles: readonly number[] }
  | { readonly kind: 'grade'; readonly percentiles: Readonly<Record<string, readonly number[]>> };

const steps = 20;

/** How the similarities of a finding are spread over clips, labelled or not. Undefined for a number, and for fewer clips than there are steps. */
export function rankingOf(
  definition: FindingDefinition,
  clips: readonly { readonly scores: ReadonlyMap<string, number> }[],
): Ranking | undefined {
  const spread = (question: string): readonly number[] | undefined =>
    percentiles(clips.flatMap(({ scores }) => scores.get(question) ?? []));
  switch (definition.kind) {
    case 'measurement':
      return undefined;
    case 'presence': {
      const found = spread(definition.id);
      return found && { kind: 'presence', percentiles: found };
    }
    case 'grade': {
      const found = definition.grades.flatMap(({ id }) => {
        const ofGrade = spread(gradeQuestion(definition.id, id));
        return ofGrade ? [[id, ofGrade] as const] : [];
      });
      if (found.length < definition.grades.length) return undefined;
      return { kind: 'grade', percentiles: Object.fromEntries(found) };
    }
  }
}

function percentiles(similarities: readonly number[]): readonly number[] | undefined {
  if (similarities.length <= steps) return undefined;
  const sorted = similarities.toSorted((a, b) => a - b);
  // Six digits: a float32 similarity has no more, and rounding keeps the order.
  return Array.from({ length: steps + 1 }, (_, step) => Number(quantile(sorted, step / steps).toFixed(6)));
}
