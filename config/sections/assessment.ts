import { z } from 'zod';
import { count, milliseconds } from './values.ts';

/** When and how a study is assessed. */
export const assessment = z.strictObject({
  quietPeriodMs: milliseconds(10_000, 'Shortest quiet before a study counts as whole; longer for a slow sender.'),
  quietMaxMs: milliseconds(600_000, 'Longest quiet that is waited for, however slowly a sender sends.'),
  settleWithinMs: milliseconds(
    7_200_000,
    'So long after its first instance a study is assessed though more of it arrives; what comes later opens a revision.',
  ),
  framesMin: count(10, 'Shorter clips are not assessed.'),
  clipsMax: count(3, 'Clips of a suitable view, best first, that go into the findings.'),
  overlaysMax: z.number().int().min(0).default(2).describe('Findings that are drawn as PromptCAM overlays.'),
  deliverPhantomResults: z
    .boolean()
    .default(false)
    .describe(
      'Send results of the phantom model to destinations. For trying out a connection; never beside real patients.',
    ),
});
