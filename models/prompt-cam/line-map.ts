/** How a line of `from` values becomes one of `to`: one row of weights for each value it gives. */
export interface LineMap {
  readonly from: number;
  readonly to: number;
  /** [to, from] */
  readonly weights: Float64Array;
}

/** The weights that `weigh` adds up for each value given. */
export function lineMap(
  from: number,
  to: number,
  weigh: (given: number, add: (at: number, weight: number) => void) => void,
): LineMap {
  const weights = new Float64Array(to * from);
  for (let given = 0; given < to; given++)
    weigh(given, (at, weight) => (weights[given * from + at] = weights[given * from + at]! + weight));
  return { from, to, weights };
}

/** First the one, then the other, as one. */
export function chained(first: LineMap, second: LineMap): LineMap {
  return lineMap(first.from, second.to, (given, add) => {
    for (let between = 0; between < second.from; between++) {
      const weight = second.weights[given * second.from + between]!;
      if (weight === 0) continue;
      for (let at = 0; at < first.from; at++) add(at, weight * first.weights[between * first.from + at]!);
    }
  });
}

/** A square map, [from, from], with each row and then each column so changed: [to, to]. */
export function alongBothAxes(map: Float32Array, line: LineMap): Float32Array {
  const { from, to } = line;
  const bands = Array.from({ length: to }, (_, given) => bandOf(line, given));
  const wide = new Float64Array(from * to);
  for (let row = 0; row < from; row++)
    for (const [x, { first, weights }] of bands.entries()) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * map[row * from + first + tap]!;
      wide[row * to + x] = sum;
    }
  const large = new Float32Array(to * to);
  const sums = new Float64Array(to);
  for (const [y, { first, weights }] of bands.entries()) {
    sums.fill(0);
    for (let tap = 0; tap < weights.length; tap++) {
      const [weight, row] = [weights[tap]!, (first + tap) * to];
      for (let x = 0; x < to; x++) sums[x] = sums[x]! + weight * wide[row + x]!;
    }
    large.set(sums, y * to);
  }
  return large;
}

/** The weights of one value given, without the zeros on either side. */
function bandOf({ from, weights }: LineMap, given: number): { readonly first: number; readonly weights: Float64Array } {
  const row = weights.subarray(given * from, (given + 1) * from);
  const first = Math.max(
    0,
    row.findIndex((weight) => weight !== 0),
  );
  return { first, weights: row.subarray(first, row.findLastIndex((weight) => weight !== 0) + 1) };
}
