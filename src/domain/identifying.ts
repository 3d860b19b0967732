/**
 * A value that identifies a patient. It prints as `[identifying]` wherever it is written out by accident (log, JSON,
 * error); only the borders that must write it into a DICOM object or an archive answer disclose it.
 */
export class Identifying<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  disclose(): T {
    return this.#value;
  }

  toString(): string {
    return '[identifying]';
  }

  toJSON(): string {
    return '[identifying]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[identifying]';
  }
}
