import { z } from 'zod';
import { cron } from './values.ts';

/** What may leave our own archive, and when. */
export const keeping = z.strictObject({
  days: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Studies that nothing came for in so many days may go; without it, none for its age.'),
  bytesMax: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Bytes. While the archive holds more, the oldest studies may go; without it, none for want of room.'),
  pushedSources: z
    .boolean()
    .default(false)
    .describe(
      'Let studies go, too, whose objects were sent to us: only where their senders keep them or an archive has them. Those that we fetched from an archive are there.',
    ),
  schedule: cron.default('0 0 3 * * *').describe('When to look for what may go, as a cron expression (with seconds).'),
});
