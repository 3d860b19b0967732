import { join } from 'node:path';
import { z } from 'zod';
import { embedWidth, gradCam, imageEncoder, saliency } from '#models/architectures/open-clip-image';
import { textEncoder, textShape, type TextShape } from '#models/architectures/open-clip-text';
import type { Weights } from '#models/architectures/weights';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { readConfigFile } from './config-file.ts';
import type { Recipe } from './recipe.ts';

const fileName = 'open_clip_config.json';
const count = z.number().int().positive();
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const spread = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** open_clip's own configuration, as far as it changes the arithmetic; anything else that would is refused. */
const schema = z.looseObject({
  model_cfg: z.looseObject({
    embed_dim: count,
    quick_gelu: z.literal(false).optional(),
    vision_cfg: z.looseObject({
      timm_model_name: z.string().regex(/^convnext_/, 'must be a ConvNeXt of timm'),
      timm_pool: z.enum(['', 'avg']).optional(),
      timm_proj: z.literal('linear'),
      image_size: z.union([count, z.tuple([count, count])]).default(224),
    }),
    text_cfg: z.looseObject({ width: count, heads: count, layers: count }),
  }),
  preprocess_cfg: z
    .looseObject({
      mean: perChannel.default([0.48145466, 0.4578275, 0.40821073]),
      std: spread.default([0.26862954, 0.26130258, 0.27577711]),
    })
    .prefault({}),
});

/** An open_clip model with a ConvNeXt image tower, such as EchoCLIP. */
export async function clipRecipe(weights: Weights, folder: string): Promise<Recipe> {
  const path = join(folder, fileName);
  const config = await readConfigFile(path, schema);
  if (config === undefined) throw new CheckpointError(`${fileName} is missing beside the weights: download it too.`);
  const { vision_cfg: vision, text_cfg: text, embed_dim: width } = config.model_cfg;
  const imageSize = typeof vision.image_size === 'number' ? vision.image_size : square(vision.image_size);
  const shape = textShape(weights);
  agree({ width, text, shape, imageWidth: embedWidth(weights) });
  weights.ignore('logit_scale');
  return {
    graphs: (type) => {
      const settings = { size: imageSize, type };
      return new Map([
        ['image', imageEncoder(weights, settings)],
        ['text', textEncoder(weights, { heads: text.heads, type })],
        ['grad-cam', gradCam(weights, imageSize)],
        ['saliency', saliency(weights, settings)],
      ]);
    },
    facts: {
      kind: 'clip',
      imageSize,
      mean: config.preprocess_cfg.mean,
      std: config.preprocess_cfg.std,
      embedWidth: width,
      contextLength: shape.contextLength,
      vocabularySize: shape.vocabularySize,
    },
    configs: [path],
  };
}

function square([height, width]: readonly [number, number]): number {
  if (height === width) return width;
  throw new CheckpointError(`${fileName} asks for pictures of ${height} x ${width}; only square ones are read here.`);
}

interface Sizes {
  readonly width: number;
  readonly text: { readonly width: number; readonly layers: number };
  readonly shape: TextShape;
  readonly imageWidth: number;
}

/** The tensors decide; a configuration that says otherwise belongs to another model. */
function agree({ width, text, shape, imageWidth }: Sizes): void {
  const differing = [
    ['embed_dim', width, shape.embedWidth],
    ['embed_dim', width, imageWidth],
    ['text_cfg.width', text.width, shape.width],
    ['text_cfg.layers', text.layers, shape.layers],
  ].find(([, said, found]) => said !== found);
  if (differing === undefined) return;
  const [what, said, found] = differing;
  throw new CheckpointError(`${fileName} belongs to another model: it says ${what} ${said}, the tensors say ${found}.`);
}
