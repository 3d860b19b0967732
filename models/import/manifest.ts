import { createHash } from 'node:crypto';
import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hexadecimal');
const fileName = z.string().regex(/^[\w.-]+$/, 'must be a file name without a folder');
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();
const count = z.number().int().positive();

/** The graphs of a model, by what they do. */
export const graphRoles = ['image', 'text', 'grad-cam', 'saliency', 'classifier'] as const;

const graphFiles = z.partialRecord(z.enum(graphRoles), z.strictObject({ file: fileName, sha256: digest }));

/** `manifest.json` of an imported model: what it is, what it takes, and the digest of every file. */
export const manifestSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be short, of lower-case letters, digits, dots and hyphens'),
  kind: z.enum(['clip', 'image-classifier']),
  name: z.string().min(1),
  manufacturer: z.string().min(1),
  version: z.string().min(1),
  /** True for weights that know phantoms only: never for patients. */
  phantomOnly: z.boolean(),
  /** Side of the square pictures, in pixels. */
  imageSize: count,
  /** Of pixels scaled to 0..1, red, green, blue. */
  mean: perChannel,
  std: z.tuple([positive, positive, positive]),
  embedWidth: count.optional(),
  contextLength: count.optional(),
  vocabularySize: count.optional(),
  /** In the order of the logits. */
  classes: z.array(z.string().min(1)).min(1).optional(),
  files: graphFiles,
  /** The same in half precision, where it was asked for; Grad-CAM is in single precision only. */
  float16Files: graphFiles.optional(),
  /** What may be done with it, as far as is known. */
  licence: z.string().min(1).optional(),
  /** What wrote the graphs. */
  importer: z.string().min(1).optional(),
  /** What it was imported from. */
  sources: z.array(z.strictObject({ file: z.string().min(1), sha256: digest })),
  /** Of everything above. */
  digest,
});

export type ModelManifest = z.infer<typeof manifestSchema>;
export type GraphRole = (typeof graphRoles)[number];

/** The manifest with the digest of its own content. */
export function sealManifest(content: Omit<ModelManifest, 'digest'>): ModelManifest {
  return manifestSchema.parse({ ...content, digest: digestOf(content) });
}

/** True where a manifest is as it was written: its digest is what the model's identity rests on. */
export function isSealed({ digest, ...content }: ModelManifest): boolean {
  return digestOf(content) === digest;
}

/** SHA-256 over the content in JSON, keys in order. */
function digestOf(content: Omit<ModelManifest, 'digest'>): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
