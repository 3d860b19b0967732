/** Agreement of two raters beyond chance (Cohen 1960); undefined for none, or where both always say the same one thing. */
export function kappa(pairs: readonly (readonly [string, string])[]): number | undefined {
  const shares = (side: 0 | 1): ReadonlyMap<string, number> =>
    new Map([...Map.groupBy(pairs, (pair) => pair[side])].map(([answer, of]) => [answer, of.length / pairs.length]));
  const [ours, theirs] = [shares(0), shares(1)];
  const observed = pairs.filter(([one, other]) => one === other).length / pairs.length;
  const byChance = [...ours].reduce((sum, [answer, share]) => sum + share * (theirs.get(answer) ?? 0), 0);
  return pairs.length === 0 || byChance === 1 ? undefined : (observed - byChance) / (1 - byChance);
}
