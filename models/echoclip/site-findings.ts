import { readFile, readdir } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import { views } from '#domain/view';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';

// What PS3.5 table 6.2-1 lets stand in SH (16) and LO (64): no backslash, no control characters.
const short = z.string().regex(/^[!-[\]-~]{1,16}$/, 'must be 1 to 16 characters, without blanks and backslashes');
const long = z.string().regex(/^[^\\\p{Cc}]{1,64}$/u, 'must be 1 to 64 characters on one line, without backslashes');
const code = z.strictObject({ value: short, scheme: short, meaning: long });
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be of lower-case letters, digits and hyphens');

const placeFor = (places: number, why: string) =>
  z
    .array(z.string().refine((text) => text.trim() !== '' && text.split('<#>').length - 1 === places, why))
    .min(1, 'needs at least one sentence');
const numbered = placeFor(1, 'must hold <#> once, where the number goes');
const plain = placeFor(0, 'must be a sentence, without <#>');

const common = {
  id: id.optional(),
  title: long,
  concept: code,
  site: code,
  views: z.array(z.enum(views)).min(1),
};

/** Candidates of a measurement: each is a sentence to be compared. */
const candidatesMax = 1000;

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('measurement'),
    unit: code,
    range: z
      .tuple([z.int(), z.int()])
      .refine(([first, last]) => first < last && last - first < candidatesMax, 'must be two whole numbers that rise'),
    sentences: numbered,
  }),
  z.strictObject({ ...common, kind: z.literal('presence'), sentences: plain, denials: plain.optional() }),
  z.strictObject({
    ...common,
    kind: z.literal('grade'),
    grades: z
      .array(z.strictObject({ id, answer: code, sentences: plain }))
      .min(2)
      .refine(([first]) => first?.id === 'normal', 'must begin with the grade normal, the healthy heart’s')
      .refine((grades) => new Set(grades.map((grade) => grade.id)).size === grades.length, 'must not repeat an id'),
  }),
]);

/** The findings of a site: one YAML file each, named by its id. Throws CONFIGURATION_INVALID. */
export async function loadSiteFindings(folder: string, tokenizer: Tokenizer): Promise<readonly FindingDefinition[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new AgentError('CONFIGURATION_INVALID', `The folder of findings ${folder} cannot be read.`, { cause });
  });
  const files = names.filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
  return Promise.all(
    files.map(async (name) => parseFinding(name, await readFile(join(folder, name), 'utf8'), tokenizer)),
  );
}

/** One file of a finding. Throws CONFIGURATION_INVALID. */
export function parseFinding(file: string, text: string, tokenizer: Tokenizer): FindingDefinition {
  const parsed = schema.safeParse(documentOf(file, text));
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
    throw wrong(file, issues.join('; '));
  }
  const named = id.safeParse(parsed.data.id ?? parsePath(file).name);
  if (!named.success) throw wrong(file, `its name ${named.error.issues[0]?.message}, or set an id`);
  const definition = { ...parsed.data, id: named.data } as FindingDefinition;
  const tooLong = sentencesOf(definition).find((text) => tokenizer.encode(text.replace('<#>', '100')).length > idsMax);
  if (tooLong !== undefined) throw wrong(file, `the model does not read this sentence to its end: ${tooLong}`);
  return definition;
}

/** Ids that the text encoder reads between start and end. */
const idsMax = 75;

function sentencesOf(definition: FindingDefinition): readonly string[] {
  switch (definition.kind) {
    case 'measurement':
      return definition.sentences;
    case 'presence':
      return [...definition.sentences, ...(definition.denials ?? [])];
    case 'grade':
      return definition.grades.flatMap(({ sentences }) => sentences);
  }
}

function documentOf(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw wrong(file, ((cause as Error).message.split('\n')[0] ?? '').replace(/:$/, ''), cause);
  }
}

function wrong(file: string, why: string, cause?: unknown): AgentError {
  return new AgentError('CONFIGURATION_INVALID', `The finding ${file}: ${why}.`, { cause });
}
