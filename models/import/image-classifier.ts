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

/** What a state dict of torchvision does not say; the defaults are those of torchvision's own weights. */
const schema = z.looseObject({
  classes: z.array(z.string().min(1)).optional(),
  size: count.default(224),
  mean: perChannel.optional(),
  std: spread.optional(),
  /** The largest pixel value that mean and std speak of: 1, or 255 for pixels left as bytes. */
  inputScale: z.number().positive().default(1),
});

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** A ConvNeXt classifier of torchvision, such as EchoPrime's view classifier. */
export async function imageClassifierRecipe(weights: Weights, folder: string): Promise<Recipe> {
  const path = join(folder, fileName);
  const config = await readConfigFile(path, schema);
  const { classes, size, mean, std, inputScale } = config ?? schema.parse({});
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
    configs: config === undefined ? [] : [path],
  };
}
