/** A stream of chance that is a function of its seed alone: the same on every machine. */
export interface Random {
  /** 0 ≤ value < 1. */
  next(): number;
  between(low: number, high: number): number;
  /** Normally distributed, mean 0, deviation 1. */
  normal(): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

/** The stream of a seed, and of names where parts of one phantom must not disturb each other (sfc32 behind an FNV-1a hash). */
export function randomOf(...seed: readonly (string | number)[]): Random {
  const text = seed.join('/');
  let [a, b, c, counter] = [hash(text, 1), hash(text, 2), hash(text, 3), 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 12; round++) next();
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
    pick: (values) => values[Math.floor(next() * values.length)]!,
  };
}

function hash(text: string, salt: number): number {
  let value = (2_166_136_261 ^ Math.imul(salt, 0x9e3779b1)) | 0;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16_777_619);
  return value ^ (value >>> 15);
}
