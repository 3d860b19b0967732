import { AgentError } from '#domain/errors';

type Options = Readonly<Record<string, unknown>>;

/** An option that takes one of a few words. Throws REQUEST_INVALID. */
export function choice<Word extends string>(options: Options, name: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === options[name]);
  if (found === undefined) throw new AgentError('REQUEST_INVALID', `--${name} takes one of ${words.join(', ')}.`);
  return found;
}

/** An option that takes a whole number from 1 on. Throws REQUEST_INVALID. */
export function wholeNumber(options: Options, name: string): number {
  const value = Number(options[name]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new AgentError('REQUEST_INVALID', `--${name} takes a whole number.`);
  return value;
}
