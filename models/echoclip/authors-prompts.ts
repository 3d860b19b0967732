import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';

// The authors publish their sentences as prompts_used.json, under a licence of theirs: a licensed user names the file,
// it is read where it lies, and nothing of it is kept. Per task it holds sentences (`label_sources`; where they differ
// from those, `testers` are what clips are compared with), for categories a number a sentence, for numbers a range.

const numbers = z.array(z.number());
const task = z
  .looseObject({
    label_sources: z.array(z.string().min(1)).min(1),
    testers: z.array(z.string().min(1)).min(1).optional(),
    values: numbers.optional(),
    tester_values: numbers.optional(),
    range: z.tuple([z.int(), z.int()]).optional(),
  })
  .transform(({ label_sources, testers, values, tester_values, range }) => ({
    sentences: testers ?? label_sources,
    values: testers ? tester_values : values,
    range,
  }))
  .refine(({ sentences, values }) => values === undefined || values.length === sentences.length, 'a value a sentence');
const schema = z.record(z.string(), task);

type Task = z.infer<typeof task>;

interface Taken {
  readonly task: string;
  /** What its values mean here: the id of a grade; of a finding without grades, which of them speak for it. */
  readonly grades?: Readonly<Record<number, string>>;
  /** A task whose sentences all speak for the healthy heart. */
  readonly normal?: string;
}

const sizes = { 0: 'normal', 1: 'mild', 2: 'moderate', 3: 'severe' } as const;

const amounts = { 1: 'small', 2: 'moderate', 3: 'large' } as const;

const takenFrom: Readonly<Record<string, Taken>> = {
  'left-ventricular-ejection-fraction': { task: 'ejection_fraction' },
  'pulmonary-artery-pressure': { task: 'pulmonary_artery_pressure_continuous' },
  'left-ventricular-dilation': { task: 'left_ventricle_size', grades: sizes },
  'right-ventricular-dilation': { task: 'right_ventricle_size', grades: sizes },
  'left-atrial-dilation': { task: 'left_atrium_size', grades: sizes },
  'right-atrial-dilation': { task: 'right_atrium_size', grades: sizes },
  'left-ventricular-hypertrophy': { task: 'lv_hypertrophy', grades: sizes, normal: 'normal_wall_thickness' },
  'pericardial-effusion': { task: 'pericardial_effusion', grades: amounts },
  'pericardial-effusion-size': { task: 'pericardial_effusion', grades: amounts },
  'cardiac-tamponade': { task: 'pericardial_effusion', grades: { 4: 'present' } },
  'pacemaker-lead': { task: 'pacemaker' },
  mitraclip: { task: 'mitraclip' },
  tavr: { task: 'tavr' },
  impella: { task: 'impella' },
};

/** The findings in the authors' words where their file has them, in ours elsewhere; so too a grade that it has no sentence for. Throws CONFIGURATION_INVALID. */
export async function inAuthorsWords(
  definitions: readonly FindingDefinition[],
  path: string,
): Promise<readonly FindingDefinition[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AgentError('CONFIGURATION_INVALID', `The file of prompts ${path} cannot be read.`, { cause });
  });
  const tasks = parseTasks(text, path);
  return definitions.map((definition) => {
    const taken = Object.hasOwn(takenFrom, definition.id) ? takenFrom[definition.id] : undefined;
    const task = taken && tasks[taken.task];
    return task ? reworded(definition, task, { taken, normal: tasks[taken.normal ?? ''] }) : definition;
  });
}

function reworded(
  definition: FindingDefinition,
  { sentences, values, range }: Task,
  { taken, normal }: { taken: Taken; normal: Task | undefined },
): FindingDefinition {
  const meaning = (index: number): string | undefined => taken.grades?.[values?.[index] ?? Number.NaN];
  switch (definition.kind) {
    case 'measurement': {
      const stated = sentences.filter((sentence) => sentence.includes('<#>'));
      return stated.length === 0 ? definition : { ...definition, sentences: stated, ...(range && { range }) };
    }
    case 'presence': {
      const speaking = taken.grades ? sentences.filter((_, index) => meaning(index) !== undefined) : sentences;
      const { denials: _, ...ours } = definition;
      return speaking.length === 0 ? definition : { ...ours, sentences: [...new Set(speaking)] };
    }
    case 'grade':
      return {
        ...definition,
        grades: definition.grades.map((grade) => {
          const theirs = sentences.filter((_, index) => meaning(index) === grade.id);
          const healthy = grade.id === 'normal' ? (normal?.sentences ?? []) : [];
          const words = [...theirs, ...healthy];
          return words.length === 0 ? grade : { ...grade, sentences: words };
        }),
      };
  }
}

function parseTasks(text: string, path: string): Readonly<Record<string, Task>> {
  const wrong = (why: string, cause: unknown): AgentError =>
    new AgentError('CONFIGURATION_INVALID', `The file of prompts ${path}: ${why}.`, { cause });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(`${issue?.path.join('.') ?? ''}: ${issue?.message}`, parsed.error);
}
