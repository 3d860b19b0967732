import { z } from 'zod';
import { auth } from './credentials.ts';
import { clientTls } from './tls.ts';
import { count, milliseconds } from './values.ts';

const label = z.string().min(1).max(64).default('Apical').describe('Worklist Label of our steps.');

/** Our own worklist. */
export const worklist = z.strictObject({
  label,
  keepDays: count(90, 'Days after which a step that has ended is forgotten, unless a subscriber holds it.'),
  archiveUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of our /dicom-web as others reach it, for what steps name; default: where we listen.'),
});

/** Another manager's worklist. */
export const remoteWorklist = z.strictObject({
  name: z.string().min(1).describe('What you call it; not `apical`, which is our own.'),
  url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root, above /workitems.'),
  auth,
  tls: clientTls,
  label,
  timeoutMs: milliseconds(30_000, 'Longest silence of the manager.'),
});
