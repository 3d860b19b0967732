import { join } from 'node:path';
import { z } from 'zod';
import { embedWidth, gradCam, imageEncoder, saliency } from '#models/architectures/open-clip-image';
import { textEncoder, textShape, type TextShape } from '#models/architectures/open-clip-text';
import { vitEmbedWidth, vitEncoder, vitSaliency, type VitSettings } from '#models/architectures/open-clip-vit';
import type { Activation } from '#models/architectures/transformer';
import type { Weights } from '#models/architectures/weights';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import type { FloatType, Graph } from '#models/onnx/graph';
import { readConfigFile } from './config-file.ts';
import type { GraphRole } from './manifest.ts';
import type { Recipe } from './recipe.ts';

const fileName = 'open_clip_config.json';
const count = z.number().int().positive();
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const spread = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** open_clip's own configuration, as far as it changes the arithmetic; anything else that would is refused. */
const schemaWith = <Vision extends z.ZodType>(vision: Vision) =>
  z.looseObject({
    model_cfg: z.looseObject({
      embed_dim: count,
      quick_gelu: z.boolean().default(false),
      vision_cfg: vision,
      text_cfg: z.looseObject({ width: count, heads: count, layers: count }),
    }),
    preprocess_cfg: z
      .looseObject({
        mean: perChannel.default([0.48145466, 0.4578275, 0.40821073]),
        std: spread.default([0.26862954, 0.26130258, 0.27577711]),
      })
      .prefault({}),
  });
const imageSize = z.union([count, z.tuple([count, count])]).default(224);
const convNext = z.looseObject({
  timm_model_name: z.string().regex(/^convnext_/, 'must be a ConvNeXt of timm'),
  timm_pool: z.enum(['', 'avg']).optional(),
  timm_proj: z.literal('linear'),
  image_size: imageSize,
});
const absent = z.literal([false, null]).optional();
const vit = z.looseObject({
  image_size: imageSize,
  head_width: count.default(64),
  timm_model_name: absent,
  pool_type: z.literal('tok').optional(),
  global_average_pool: absent,
  attentional_pool: absent,
  input_patchnorm: absent,
  final_ln_after_pool: absent,
  ls_init_value: z.null().optional(),
});

/** An open_clip model with a ConvNeXt image tower, such as EchoCLIP, or with CLIP's own vision transformer. */
export async function clipRecipe(weights: Weights, folder: string): Promise<Recipe> {
  const isVit = weights.has('visual.conv1.weight');
  const path = join(folder, fileName);
  const config = await readConfigFile(path, isVit ? schemaWith(vit) : schemaWith(convNext));
  if (config === undefined) throw new CheckpointError(`${fileName} is missing beside the weights: download it too.`);
  const { vision_cfg: vision, text_cfg: text, embed_dim: width, quick_gelu: isQuick } = config.model_cfg;
  const size = typeof vision.image_size === 'number' ? vision.image_size : square(vision.image_size);
  const activation: Activation = isQuick ? 'quick-gelu' : 'gelu';
  const image =
    'head_width' in vision
      ? vitTower({ headWidth: vision.head_width as number, size, activation })
      : convNextTower(size);
  const shape = textShape(weights);
  agree({ width, text, shape, imageWidth: image.embedWidth(weights) });
  weights.ignore('logit_scale');
  return {
    graphs: (type) =>
      new Map([
        ...image.graphs(weights, type),
        ['text', textEncoder(weights, { heads: text.heads, type, activation })] as const,
      ]),
    facts: {
      kind: 'clip',
      imageSize: size,
      mean: config.preprocess_cfg.mean,
      std: config.preprocess_cfg.std,
      embedWidth: width,
      contextLength: shape.contextLength,
      vocabularySize: shape.vocabularySize,
    },
    configs: [path],
  };
}

/** What an image tower gives to a model. */
interface ImageTower {
  embedWidth(weights: Weights): number;
  graphs(weights: Weights, type: FloatType): readonly (readonly [GraphRole, Graph])[];
}

const convNextTower = (size: number): ImageTower => ({
  embedWidth,
  graphs: (weights, type) => [
    ['image', imageEncoder(weights, { size, type })],
    ['grad-cam', gradCam(weights, size)],
    ['saliency', saliency(weights, { size, type })],
  ],
});

/** No Grad-CAM: what its patches give at the end never reaches the embedding. */
const vitTower = (settings: Omit<VitSettings, 'type'>): ImageTower => ({
  embedWidth: vitEmbedWidth,
  graphs: (weights, type) => [
    ['image', vitEncoder(weights, { ...settings, type })],
    ['saliency', vitSaliency(weights, { ...settings, type })],
  ],
});

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
