import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';
import { promptsDigest } from '#models/zero-shot/prompts';

const similarity = z.number().min(-1).max(1);
const day = z.iso.date();
const percentiles = z
  .array(similarity)
  .min(2)
  .refine((steps) => steps.every((step, at) => at === 0 || step >= steps[at - 1]!), 'they must rise from 0 to 100 %')
  .describe(
    'Similarities that equal shares of the cases, labelled or not, do not exceed: the lowest, at 0 %, to the highest, at 100 %.',
  );

const measured = z
  .record(
    z.string(),
    z.strictObject({
      value: z.number(),
      interval: z.strictObject({ lower: z.number(), upper: z.number(), level: z.number().gt(0).lt(1) }).optional(),
    }),
  )
  .optional()
  .describe('How well it did on those cases, by the name of the measure, such as AUC or MAE.');

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const sentences = digest.optional().describe('SHA-256 of the sentences that it was learnt with.');

const findingCalibration = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('presence'),
    sentences,
    threshold: similarity.optional().describe('Present from this mean similarity on; without it nothing is decided.'),
    percentiles: percentiles.optional(),
    measured,
  }),
  z.strictObject({
    kind: z.literal('grade'),
    sentences,
    thresholds: z
      .record(z.string(), similarity)
      .optional()
      .describe('Per grade but the first: given from this mean similarity on; the gravest that is reached counts.'),
    percentiles: z.record(z.string(), percentiles).optional().describe('Per grade, the first among them.'),
    measured,
  }),
  z.strictObject({
    kind: z.literal('measurement'),
    sentences,
    scale: z.number(),
    offset: z.number().describe('The value is scale times the estimate, plus offset.'),
    interval: z
      .strictObject({
        below: z.number().nonnegative(),
        above: z.number().nonnegative(),
        level: z.number().gt(0).lt(1).describe('Coverage aimed at.'),
      })
      .optional()
      .describe('How far the truth may lie below and above the value, as conformal prediction gives it.'),
    measured,
  }),
]);

const calibration = z.strictObject({
  origin: z.string().min(1).describe('Whose cases they were, such as a hospital and a register.'),
  cases: z.number().int().positive().describe('How many labelled cases it rests on.'),
  from: day.describe('First study date among them.'),
  to: day.describe('Last study date among them.'),
  createdOn: day,
  checkpoint: digest.describe(
    'SHA-256 of the checkpoint that it was made with, as the manifest of the model names it.',
  ),
  labels: digest.optional().describe('SHA-256 of the table of labels.'),
  channelOrder: z.enum(['bgr', 'rgb']).optional().describe('How colours reached the encoder; bgr, if not said.'),
  findings: z.record(z.string(), findingCalibration),
});

/** What a site learnt of a model from labelled cases: without it a similarity is only that. */
export type Calibration = z.infer<typeof calibration>;
export type FindingCalibration = Calibration['findings'][string];

/** What a calibration must have been learnt with. */
export interface CalibrationFits {
  readonly checkpoints: readonly string[];
  readonly definitions: readonly FindingDefinition[];
  readonly channelOrder?: NonNullable<Calibration['channelOrder']>;
}

/** The calibration in a model's folder, where there is one. Throws CONFIGURATION_INVALID. */
export async function readCalibration(folder: string, fits: CalibrationFits): Promise<Calibration | undefined> {
  const json = await readFile(join(folder, 'calibration.json'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new AgentError('CONFIGURATION_INVALID', 'The calibration file cannot be read.', { cause });
  });
  return json === undefined ? undefined : parseCalibration(json, fits);
}

/** Reads a calibration, and holds it to the model and the findings it is for. Throws CONFIGURATION_INVALID. */
export function parseCalibration(
  json: string,
  { checkpoints, definitions, channelOrder = 'bgr' }: CalibrationFits,
): Calibration {
  const parsed = calibration.safeParse(documentOf(json));
  if (!parsed.success) throw unfit(z.prettifyError(parsed.error), parsed.error);
  if (!checkpoints.includes(parsed.data.checkpoint)) {
    throw unfit('it was made with another checkpoint: calibrate this one, or take the file away');
  }
  const learntOrder = parsed.data.channelOrder ?? 'bgr';
  if (learntOrder !== channelOrder) {
    throw unfit(`it was learnt with channels as ${learntOrder}, and the model is given ${channelOrder}`);
  }
  for (const [id, forFinding] of Object.entries(parsed.data.findings)) {
    const definition = definitions.find((one) => one.id === id);
    if (!definition) throw unfit(`there is no finding ${id}`);
    if (!fits(definition, forFinding)) throw unfit(`what it says of ${id} is not for a finding of its kind and grades`);
    if (forFinding.sentences !== undefined && forFinding.sentences !== promptsDigest(definition)) {
      throw unfit(`it was learnt with other sentences of ${id}: calibrate it again, or take it out of the file`);
    }
  }
  return parsed.data;
}

function fits(definition: FindingDefinition, forFinding: FindingCalibration): boolean {
  if (definition.kind !== forFinding.kind) return false;
  if (definition.kind !== 'grade' || forFinding.kind !== 'grade') return true;
  const grades = definition.grades.map(({ id }) => id);
  return namesJust(grades.slice(1), forFinding.thresholds) && namesJust(grades, forFinding.percentiles);
}

function namesJust(wanted: readonly string[], record: Readonly<Record<string, unknown>> | undefined): boolean {
  return !record || (wanted.length === Object.keys(record).length && wanted.every((id) => Object.hasOwn(record, id)));
}

function documentOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw unfit('it is not JSON', cause);
  }
}

function unfit(why: string, cause?: unknown): AgentError {
  return new AgentError('CONFIGURATION_INVALID', `The calibration file cannot be used: ${why}.`, { cause });
}
