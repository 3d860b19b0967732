import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { convNextClassifier } from '#models/architectures/convnext-classifier';
import { gradCam, imageEncoder, saliency } from '#models/architectures/open-clip-image';
import { Weights } from '#models/architectures/weights';
import { openCheckpoint } from '#models/checkpoint/open-checkpoint';
import { clipRecipe } from '#models/import/clip';
import { GraphBuilder } from '#models/onnx/graph';
import { leftToCpu } from './cuda-kernels.ts';
import { imageTowerShapes, madeWeights } from './made-weights.ts';

const convNext = () => madeWeights(imageTowerShapes([4, 6], [1, 2], 5));
const torchvision = () =>
  madeWeights({
    'features.0.0.weight': [4, 3, 4, 4],
    'features.0.0.bias': [4],
    'features.0.1.weight': [4],
    'features.0.1.bias': [4],
    'features.1.0.block.0.weight': [4, 1, 7, 7],
    'features.1.0.block.0.bias': [4],
    'features.1.0.block.2.weight': [4],
    'features.1.0.block.2.bias': [4],
    'features.1.0.block.3.weight': [16, 4],
    'features.1.0.block.3.bias': [16],
    'features.1.0.block.5.weight': [4, 16],
    'features.1.0.block.5.bias': [4],
    'features.1.0.layer_scale': [4, 1, 1],
    'classifier.0.weight': [4],
    'classifier.0.bias': [4],
    'classifier.2.weight': [11, 4],
    'classifier.2.bias': [11],
  });

describe.each(['float32', 'float16'] as const)(
  'onnxruntime’s CUDA provider leaves nothing to the CPU in %s of',
  (type) => {
    test.each([
      ['an image encoder', () => imageEncoder(convNext(), { size: 16, type })],
      ['a saliency graph', () => saliency(convNext(), { size: 16, type })],
      ['Grad-CAM', () => gradCam(convNext(), 16)],
      ['a classifier', () => convNextClassifier(torchvision(), { size: 16, type })],
    ])('%s with a ConvNeXt', (_, graph) => {
      expect(leftToCpu(graph())).toEqual([]);
    });

    test.each(['gelu', 'quick-gelu'])(
      'the text encoder, image encoder and saliency graph of transformers with %s',
      async (form) => {
        const folder = join(import.meta.dirname, 'vit', form);
        const checkpoint = await openCheckpoint(folder);
        try {
          const { graphs } = await clipRecipe(new Weights(checkpoint.tensors), folder);
          const left = [...graphs(type)].map(([role, graph]) => [role, leftToCpu(graph)]);
          expect(Object.fromEntries(left)).toEqual({ image: [], saliency: [], text: [] });
        } finally {
          await checkpoint.close();
        }
      },
    );
  },
);

test('an operator, a type and a mixture without a kernel are named', () => {
  const builder = new GraphBuilder('odd', 'float32');
  const ids = builder.input('ids', 'int64', ['n']);
  const numbers = builder.input('numbers', 'float32', ['n']);
  builder.node('NonMaxSuppression', [numbers]);
  builder.node('ArgMax', [ids]);
  builder.node('Mul', [builder.cast(numbers, 'float16'), numbers]);
  expect(leftToCpu(builder.build())).toEqual([
    'NonMaxSuppression has no kernel',
    'ArgMax has no kernel for int64',
    'Mul mixes float16 with float32',
  ]);
});
