import { z } from 'zod';
import { auth } from './credentials.ts';
import { count, cron, milliseconds } from './values.ts';

/** An archive that is watched. */
export const archive = z.strictObject({
  name: z.string().min(1).describe('What you call it.'),
  url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root, such as http://pacs:8042/dicom-web.'),
  auth,
  modalities: z.array(z.string()).default(['US']).describe('Modalities to look for.'),
  schedule: cron.default('*/30 * * * * *').describe('When to look, as a cron expression (with seconds).'),
  lookbackDays: count(2, 'Study dates to look at, in days before today; later parts of a study are found as long.'),
  pageSize: count(100, 'Results a page.'),
  timeoutMs: milliseconds(30_000, 'Longest silence of the archive.'),
});
