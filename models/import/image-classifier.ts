import { join } from 'node:path';
import { z } from 'zod';
import { classCount, convNextClassifier } from '#models/architectures/convnext-classifier';
import type { Weights } from '#models/architectures/weights';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { readConfigFile } from './config-file.ts';
import type { Recipe } from './recipe.ts';

const fileName = 'config.json';
const count = z.number().int().positive();
const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const spread = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** What a state dict of torchvision does not say; without it torchvision's own weights' hold. */
const schema = z.looseObject({
  classes: z.array(z.string().min(1)).optional(),
  size: count.optional(),
  mean: perChannel.optional(),
  std: spread.optional(),
  /** The largest pixel value that mean and std speak of: 1, or 255 for pixels left as bytes. */
  inputScale: z.number().positive().optional(),
});

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What published classifiers want of pictures, by a name of ours: their checkpoints do not say it. */
export const classifierPresets = {
  /** EchoPrime's view classifier (Vukadinovic et al. 2024): mean and deviation of pixels from 0 to 255. */
  'echoprime-views': {
    size: 224,
    inputScale: 255,
    mean: [29.110628, 28.076836, 29.096405],
    std: [47.989223, 46.456997, 47.20083],
  },
} as const satisfies Record<string, z.input<typeof schema>>;
export type ClassifierPreset = keyof typeof classifierPresets;

/** True where neither a configuration nor a preset said how pictures are prepared. */
export function assumesImageNet({ kind, mean }: Recipe['facts']): boolean {
  return kind === 'image-classifier' && mean.every((value, channel) => value === imageNet.mean[channel]);
}

/** A ConvNeXt classifier of torchvision, such as EchoPrime's view classifier; what its configuration leaves open, the preset says. */
export async function imageClassifierRecipe(
  weights: Weights,
  folder: string,
  preset: ClassifierPreset | undefined,
): Promise<Recipe> {
  const path = join(folder, fileName);
  const said = await readConfigFile(path, schema);
  const known = preset === undefined ? undefined : classifierPresets[preset];
  const { classes, size = known?.size ?? 224 } = said ?? {};
  // Mean, deviation and the scale they speak of belong together.
  const { mean, std, inputScale = 1 } = ((said?.mean ?? said?.std) ? said : known) ?? {};
  const logits = classCount(weights);
  if (classes !== undefined && classes.length !== logits)
    throw new CheckpointError(`${fileName} names ${classes.length} classes; the tensors tell ${logits} apart.`);
  if ((mean === undefined) !== (std === undefined))
    throw new CheckpointError(`${fileName} gives one of mean and std; give both or neither.`);
  const scaled = ([red, green, blue]: [number, number, number]): [number, number, number] => [
    red / inputScale,
    green / inputScale,
    blue / inputScale,
  ];
  return {
    graphs: (type) => new Map([['classifier', convNextClassifier(weights, { size, type })]]),
    facts: {
      kind: 'image-classifier',
      imageSize: size,
      mean: mean === undefined ? [...imageNet.mean] : scaled(mean),
      std: std === undefined ? [...imageNet.std] : scaled(std),
      ...(classes === undefined ? {} : { classes }),
    },
    configs: said === undefined ? [] : [path],
  };
}
