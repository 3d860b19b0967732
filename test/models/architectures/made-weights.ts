import { Weights } from '#models/architectures/weights';
import type { CheckpointTensor } from '#models/checkpoint/tensor';

/** Weights of these shapes, with numbers that differ and repeat in every run. */
export function madeWeights(shapes: Readonly<Record<string, readonly number[]>>): Weights {
  const tensors = Object.entries(shapes).map(([name, shape], place): CheckpointTensor => {
    const count = shape.reduce((product, size) => product * size, 1);
    const numbers = Float32Array.from({ length: count }, (_, index) => 0.3 * Math.sin(1 + place + index * 1.7));
    return { name, shape, dtype: 'float32', read: () => Promise.resolve(numbers) };
  });
  return new Weights(new Map(tensors.map((tensor) => [tensor.name, tensor])));
}

/** The tensors of an open_clip image tower: the widths of its stages and how many blocks each has. */
export function imageTowerShapes(
  widths: readonly number[],
  blocks: readonly number[],
  embedWidth: number,
): Record<string, readonly number[]> {
  const last = widths.at(-1)!;
  const head = {
    'visual.trunk.head.norm.weight': [last],
    'visual.trunk.head.norm.bias': [last],
    'visual.head.proj.weight': [embedWidth, last],
  };
  const stages = widths.map((width, stage) => {
    const from = stage === 0 ? `visual.trunk.stem` : `visual.trunk.stages.${stage}.downsample`;
    const [conv, norm] = stage === 0 ? [`${from}.0`, `${from}.1`] : [`${from}.1`, `${from}.0`];
    const before = stage === 0 ? 3 : widths[stage - 1]!;
    const kernel = stage === 0 ? 4 : 2;
    const normed = stage === 0 ? width : before;
    const entry = {
      [`${conv}.weight`]: [width, before, kernel, kernel],
      [`${conv}.bias`]: [width],
      [`${norm}.weight`]: [normed],
      [`${norm}.bias`]: [normed],
    };
    const inner = Array.from({ length: blocks[stage]! }, (_, index) =>
      blockShapes(`visual.trunk.stages.${stage}.blocks.${index}.`, width),
    );
    return Object.assign(entry, ...inner) as Record<string, readonly number[]>;
  });
  return Object.assign(head, ...stages) as Record<string, readonly number[]>;
}

function blockShapes(prefix: string, width: number): Record<string, readonly number[]> {
  return {
    [`${prefix}gamma`]: [width],
    [`${prefix}conv_dw.weight`]: [width, 1, 7, 7],
    [`${prefix}conv_dw.bias`]: [width],
    [`${prefix}norm.weight`]: [width],
    [`${prefix}norm.bias`]: [width],
    [`${prefix}mlp.fc1.weight`]: [4 * width, width],
    [`${prefix}mlp.fc1.bias`]: [4 * width],
    [`${prefix}mlp.fc2.weight`]: [width, 4 * width],
    [`${prefix}mlp.fc2.bias`]: [width],
  };
}
