import { z } from 'zod';

/** What the results look like to an archive. */
export const results = z.strictObject({
  reportClass: z
    .enum(['comprehensive-sr', 'comprehensive-3d-sr'])
    .default('comprehensive-sr')
    .describe(
      'SOP class of the measurement report. IHE AI Results asks for `comprehensive-3d-sr`; fewer archives know it.',
    ),
  overlayEncoding: z
    .enum(['native', 'jpeg'])
    .default('native')
    .describe('How overlays are stored: as they are, or ten times smaller as baseline JPEG.'),
  colours: z.enum(['red-green', 'colour-blind-safe']).default('red-green').describe('Colour scale of the overlays.'),
  timezone: z
    .string()
    .regex(/^[+-]\d{4}$/, 'must be an offset from UTC such as +0100')
    .default('+0000')
    .describe('Offset from UTC of studies that state none. Only echo reports need it: their class demands one.'),
});
