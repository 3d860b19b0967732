import type { ModelIdentity } from '#domain/assessment';
import type { Finding } from '#domain/finding';
import type { Shadow } from '#domain/shadow';
import type { Difference, FindingDisagreement, ModelName, ShadowReport } from '#domain/watching';
import { agreement } from '#evaluate/statistics/agreement';
import { kappa } from '#evaluate/statistics/kappa';

/** How models differ that were asked the same, for each pair of them. */
export function disagreementOf(shadows: readonly Shadow[]): readonly ShadowReport[] {
  const pairs = Map.groupBy(shadows, ({ first, second }) => `${first.digest} ${second.digest}`);
  return [...pairs.values()].map((of) => {
    const [{ first, second }] = of as [Shadow];
    const answers = Map.groupBy(
      of.flatMap((shadow) => shadow.pairs),
      (pair) => pair.first.id,
    );
    return {
      first: nameOf(first),
      second: nameOf(second),
      studies: of.length,
      findings: [...answers].map(([id, asked]) => over(id, asked)),
    };
  });
}

type Pair = Shadow['pairs'][number];
type Answered = Exclude<Finding, { kind: 'not-assessed' }>;

function over(id: string, asked: readonly Pair[]): FindingDisagreement {
  const both = asked.flatMap(({ first, second }) =>
    first.kind === 'not-assessed' || second.kind === 'not-assessed' ? [] : [[first, second] as const],
  );
  const neither = asked.filter(({ first, second }) => first.kind === 'not-assessed' && second.kind === 'not-assessed');
  const value = difference(both, (finding) => (finding.kind === 'measured' ? finding.value : undefined));
  const answers = both.flatMap(([first, second]) =>
    first.kind === 'answered' && second.kind === 'answered' ? [[first.answer.value, second.answer.value] as const] : [],
  );
  const agreed = answers.filter(([one, other]) => one === other).length;
  const beyondChance = kappa(answers);
  return {
    id,
    n: both.length,
    similarity: difference(both, ({ similarity }) => similarity) ?? { n: 0, mean: 0, lower: 0, upper: 0 },
    ...(value && { value }),
    ...(answers.length > 0 && {
      answers: {
        n: answers.length,
        agreement: agreed / answers.length,
        ...(beyondChance !== undefined && { kappa: beyondChance }),
      },
    }),
    oneSided: asked.length - both.length - neither.length,
  };
}

function difference(
  pairs: readonly (readonly [Answered, Answered])[],
  read: (finding: Answered) => number | undefined,
): Difference | undefined {
  const numbers = pairs.flatMap(([first, second]) => {
    const [truth, estimate] = [read(first), read(second)];
    return truth === undefined || estimate === undefined ? [] : [{ truth, estimate }];
  });
  const figures = agreement(numbers);
  return figures && { n: figures.n, mean: figures.bias, lower: figures.limits[0], upper: figures.limits[1] };
}

function nameOf({ id, version, digest }: ModelIdentity): ModelName {
  return { id, version, digest };
}
