import { z } from 'zod';
import { count, milliseconds } from './values.ts';

/** What looks at the clips. */
export const models = z.strictObject({
  findings: z
    .string()
    .default('phantom-echoclip')
    .describe('Model that answers the questions; `phantom-echoclip` ships with us and knows phantoms only.'),
  views: z.string().default('phantom-view-classifier').describe('Model that names the view of a clip.'),
  folder: z.string().optional().describe('Where imported models lie; default: `models` in the data folder.'),
  findingsFolder: z
    .string()
    .optional()
    .describe('Folder of your own findings, one YAML file each; default: `findings` beside the configuration file.'),
  prompts: z
    .string()
    .optional()
    .describe(
      "The authors' prompts_used.json, where you have it: its words replace ours. Beside the configuration file.",
    ),
  providers: z
    .array(z.enum(['cuda', 'tensorrt', 'webgpu', 'cpu']))
    .min(1)
    .default(['cuda', 'cpu'])
    .describe('Execution providers, first choice first.'),
  strict: z.boolean().default(false).describe('Refuse to start rather than fall back from the first provider.'),
  precision: z.enum(['fp32', 'fp16']).default('fp32').describe('Numbers the graphs compute with.'),
  channelOrder: z
    .enum(['bgr', 'rgb'])
    .default('bgr')
    .describe(
      "Colours as they reach EchoCLIP: bgr, as its authors' code feeds them, or rgb. Grey pictures are the same in both.",
    ),
  threads: count(2, 'CPU threads of one inference.'),
  batch: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Pictures of one run, at most; default: one on the CPU, which gains nothing by more, and 32 elsewhere.'),
  latencyMs: milliseconds(1000, 'How long pictures run together may keep others waiting; what bounds their number.'),
  method: z
    .enum(['auto', 'grad-cam', 'integrated-gradients'])
    .default('auto')
    .describe('PromptCAM method; auto: Grad-CAM on CPU, integrated gradients elsewhere.'),
  gradients: z
    .strictObject({
      steps: count(16, 'Points of the path of integrated gradients, from the baseline to the frame.'),
      keyFrames: count(5, 'Frames of a clip for which they are computed; those between are interpolated.'),
      baseline: z
        .enum(['grey', 'black'])
        .default('grey')
        .describe('Where the path begins: at the mean grey of the training pictures, or at black.'),
    })
    .prefault({}),
  shadow: z
    .strictObject({
      findings: z.string().describe('Model that is asked the same after the first, as `apical models list` names it.'),
      precision: z.enum(['fp32', 'fp16']).optional().describe('Its numbers; default: those of the first.'),
    })
    .optional()
    .describe('A second model beside the first: it writes nothing, and its disagreement is told.'),
  viewScoreMin: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Softmax score below which a view counts as unsure; from 0.5 on it outweighs all others together.'),
});
