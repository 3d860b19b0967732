import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { AgentError } from '#domain/errors';

const answered = z.strictObject({
  file: z.string(),
  /** Why no model looked at it. */
  refused: z.string().optional(),
  view: z.string().optional(),
  /** YYYY-MM-DD, where the file says when. */
  day: z.string().optional(),
  scores: z.record(z.string(), z.number()),
  /** Similarities with the reports, in their order. */
  reports: z.array(z.number()).optional(),
});

/** What came of one clip, as it is kept between runs. */
export type AnsweredFile = z.infer<typeof answered>;

const head = z.strictObject({ asked: z.string() });

/** Answers by file: an evaluation that was interrupted goes on from here. */
export interface AnswersFile {
  readonly known: ReadonlyMap<string, AnsweredFile>;
  add(answer: AnsweredFile): Promise<void>;
}

/**
 * Opens the answers of an earlier run of the same question to the same model, one JSON document a line; of another
 * question they are begun anew. A last line that was cut off is asked again. Throws REQUEST_INVALID.
 */
export async function openAnswers(path: string, asked: string): Promise<AnswersFile> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [first, ...lines] = text.split('\n').slice(0, -1);
  const known = new Map<string, AnsweredFile>();
  const isSame = first !== undefined && head.safeParse(documentOf(first)).data?.asked === asked;
  if (isSame)
    for (const line of lines) {
      const parsed = answered.safeParse(documentOf(line));
      if (parsed.success) known.set(parsed.data.file, parsed.data);
    }
  const whole = [{ asked }, ...known.values()].map((one) => `${JSON.stringify(one)}\n`).join('');
  await writeFile(path, whole).catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError('REQUEST_INVALID', `${path} cannot be written (${cause.code}).`, { cause });
  });
  return { known, add: (answer) => appendFile(path, `${JSON.stringify(answer)}\n`) };
}

function documentOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // cut off when the run was ended
  }
}
