/** Exit codes after sysexits(3), where it has one that fits. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 64,
  dataError: 65,
  noInput: 66,
  unavailable: 69,
  configuration: 78,
} as const;

/** What a command has to work with. */
export interface Terminal {
  readonly json: boolean;
  /** Prints a line for people; silent with --json. */
  say(line?: string): void;
  /** Shows progress where a person watches; silent with --json and where stderr is no terminal. */
  progress(title: string, total: number): Progress;
  /** Ends on the first interrupt or termination. */
  readonly stop: AbortSignal;
}

export interface Progress {
  update(done: number): void;
  end(): void;
}

/** What a command comes to: the JSON document, and whether it succeeded. */
export interface Result {
  readonly document: unknown;
  readonly exitCode?: number;
  /** What goes on after the document was printed, such as an agent at work. */
  readonly until?: () => Promise<void>;
}

export interface CommandDefinition {
  /** Name and arguments, as in `export <study>`, or with the group before them, as in `models import <source>`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: readonly (readonly [flags: string, text: string, fallback?: string])[];
  run(
    input: {
      readonly args: readonly (string | readonly string[])[];
      readonly options: Readonly<Record<string, unknown>>;
    },
    terminal: Terminal,
  ): Promise<Result>;
}

/** A command: one file in `commands/`, exported as default. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}

/** Commands that stand together under one word, and what they are about. */
export const groups = {
  models: 'import models, list them, print their cards',
  rules: 'try the table that says which study is read first',
} as const;

/** Splits a command's usage into its group, where it has one, and the rest. */
export function placeOf(usage: string): { readonly group?: keyof typeof groups; readonly usage: string } {
  const [first = '', ...rest] = usage.split(' ');
  return isGroup(first) ? { group: first, usage: rest.join(' ') } : { usage };
}

function isGroup(word: string): word is keyof typeof groups {
  return Object.hasOwn(groups, word);
}
