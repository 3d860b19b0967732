import type { Weights } from './weights.ts';

/** What a library calls the tensors of a ConvNeXt; `.weight` and `.bias` follow, except after `gamma`. */
export interface ConvNextNames {
  readonly stem: { readonly conv: string; readonly norm: string };
  stages(weights: Weights): number;
  /** A stage may have no block at all. */
  blocks(weights: Weights, stage: number): number;
  /** Before every stage but the first. */
  downsample(stage: number): { readonly norm: string; readonly conv: string };
  block(stage: number, index: number): BlockNames;
  gammaShape(width: number): readonly number[];
}

export interface BlockNames {
  readonly conv: string;
  readonly norm: string;
  readonly fc1: string;
  readonly fc2: string;
  readonly gamma: string;
}

/** timm's names, below a prefix such as `visual.trunk.`. */
export function timmNames(prefix: string): ConvNextNames {
  const stages = `${prefix}stages.`;
  return {
    stem: { conv: `${prefix}stem.0`, norm: `${prefix}stem.1` },
    stages: (weights) => weights.count(stages),
    blocks: (weights, stage) => weights.count(`${stages}${stage}.blocks.`),
    downsample: (stage) => ({ norm: `${stages}${stage}.downsample.0`, conv: `${stages}${stage}.downsample.1` }),
    block: (stage, index) => {
      const block = `${stages}${stage}.blocks.${index}.`;
      return {
        conv: `${block}conv_dw`,
        norm: `${block}norm`,
        fc1: `${block}mlp.fc1`,
        fc2: `${block}mlp.fc2`,
        gamma: `${block}gamma`,
      };
    },
    gammaShape: (width) => [width],
  };
}

/** torchvision's names: `features.0` is the stem, then stages (odd) and what leads to the next (even) take turns. */
export const torchvisionNames: ConvNextNames = {
  stem: { conv: 'features.0.0', norm: 'features.0.1' },
  stages: (weights) => Math.ceil(weights.count('features.') / 2),
  blocks: (weights, stage) => weights.count(`features.${2 * stage + 1}.`),
  downsample: (stage) => ({ norm: `features.${2 * stage}.0`, conv: `features.${2 * stage}.1` }),
  block: (stage, index) => {
    const block = `features.${2 * stage + 1}.${index}.`;
    return {
      conv: `${block}block.0`,
      norm: `${block}block.2`,
      fc1: `${block}block.3`,
      fc2: `${block}block.5`,
      gamma: `${block}layer_scale`,
    };
  },
  gammaShape: (width) => [width, 1, 1],
};
