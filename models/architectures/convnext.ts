import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import type { Value } from '#models/onnx/graph';
import { convNextMlp, type MatrixForm } from './convnext-mlp.ts';
import type { ConvNextNames } from './convnext-names.ts';
import { depthwiseConvolution, patchConvolution } from './convolutions.ts';
import { layerNorm, toChannelsFirst, toChannelsLast, type Layer, type Site } from './layers.ts';
import type { Weights } from './weights.ts';

/** ConvNeXt (Liu et al. 2022) normalises with this epsilon in timm and torchvision alike. */
export const convNextEpsilon = 1e-6;
const stemStride = 4;
const kernelSize = 7;
const mlpRatio = 4;

interface Outline {
  readonly names: ConvNextNames;
  /** Side of the square pictures, in pixels. */
  readonly size: number;
}

interface Stage {
  readonly blocks: number;
  readonly width: number;
  readonly side: number;
}

/** The stages, as many and as wide as the tensors say; the last one's output is [n, width, side, side]. */
export function convNextStages(weights: Weights, { names, size }: Outline): readonly Stage[] {
  const count = names.stages(weights);
  const smallest = stemStride * 2 ** (count - 1);
  if (count === 0 || size % smallest !== 0)
    throw new CheckpointError(
      `A ConvNeXt of ${count} stages takes pictures whose side is a multiple of ${smallest}, not ${size}.`,
    );
  return Array.from({ length: count }, (_, stage) => {
    const conv = stage === 0 ? names.stem.conv : names.downsample(stage).conv;
    const width = weights.size(`${conv}.weight`, 0);
    return { blocks: names.blocks(weights, stage), width, side: size / stemStride / 2 ** stage };
  });
}

/** The convolutional trunk on square pictures: stem and stages, before pooling. */
export function convNextTrunk(site: Site, pixels: Value, outline: Outline & { readonly matrices: MatrixForm }): Layer {
  const { names, matrices } = outline;
  const stages = convNextStages(site.weights, outline);
  const steps = stages.flatMap(({ blocks, width, side }, stage): readonly Step[] => {
    const before = stages[stage - 1]?.width;
    return [
      ...(before === undefined ? stem(site, { names, width }) : downsample(site, { names, stage, width, before })),
      ...Array.from(
        { length: blocks },
        (_, index): Step =>
          (x) =>
            block(site, x, { names, matrices, stage, index, width, side }),
      ),
    ];
  });
  return inSequence(pixels, steps);
}

type Step = (x: Value) => Layer;

function inSequence(x: Value, steps: readonly Step[]): Layer {
  const layers: Layer[] = [];
  for (const step of steps) layers.push(step(layers.at(-1)?.value ?? x));
  return {
    value: layers.at(-1)!.value,
    backward: (gradient) => layers.reduceRight((above, layer) => layer.backward(above), gradient),
  };
}

interface Before {
  readonly names: ConvNextNames;
  readonly width: number;
}

function stem(site: Site, { names, width }: Before): readonly Step[] {
  const { conv, norm } = names.stem;
  return [
    (x) => patchConvolution(site, x, { name: conv, from: 3, to: width, stride: stemStride }),
    ...channelNorm(site, norm, width),
  ];
}

function downsample(
  site: Site,
  { names, stage, before, width }: Before & { readonly stage: number; readonly before: number },
): readonly Step[] {
  const { norm, conv } = names.downsample(stage);
  return [
    ...channelNorm(site, norm, before),
    (x) => patchConvolution(site, x, { name: conv, from: before, to: width, stride: 2 }),
  ];
}

/** A layer norm over the channels of planes. */
function channelNorm(site: Site, name: string, width: number): readonly Step[] {
  return [
    (x) => toChannelsLast(site, x),
    (x) => layerNorm(site, x, { name, width, epsilon: convNextEpsilon }),
    (x) => toChannelsFirst(site, x),
  ];
}

interface BlockPlace {
  readonly names: ConvNextNames;
  readonly matrices: MatrixForm;
  readonly stage: number;
  readonly index: number;
  readonly width: number;
  readonly side: number;
}

/** x + gamma fc2(GELU(fc1(LN(depthwise 7 x 7 of x)))). */
function block(site: Site, x: Value, { names, matrices, stage, index, width, side }: BlockPlace): Layer {
  const { builder } = site;
  const name = names.block(stage, index);
  const mlp = { name, gammaShape: names.gammaShape(width), width, wider: width * mlpRatio, side };
  const branch = inSequence(x, [
    (x) => depthwiseConvolution(site, x, { name: name.conv, width, kernel: kernelSize }),
    (x) => toChannelsLast(site, x),
    (x) => layerNorm(site, x, { name: name.norm, width, epsilon: convNextEpsilon }),
    ...convNextMlp(site, matrices, mlp),
  ]);
  return {
    value: builder.node('Add', [x, branch.value]),
    backward: (gradient) => builder.node('Add', [gradient, branch.backward(gradient)]),
  };
}
