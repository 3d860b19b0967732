/** A coded concept: value, coding scheme designator, meaning (PS3.3 section 8). */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Two codes are the same concept whatever their wording. */
export function isSameCode(a: Code, b: Code): boolean {
  return a.value === b.value && a.scheme === b.scheme;
}
