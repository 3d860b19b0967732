import { z } from 'zod';
import { auth } from './credentials.ts';
import { clientTls } from './tls.ts';
import { aeTitle, milliseconds, port } from './values.ts';

const reports = z
  .array(z.enum(['measurement', 'text', 'echo', 'key-clips', 'pdf', 'segmentation', 'decision']))
  .default(['measurement', 'text'])
  .describe(
    'Reports it is sent; `echo` is a Simplified Adult Echo SR, for an echo information system; `key-clips` a Key Object Selection of the clips that were used; `pdf` the report in words as an encapsulated PDF, with pictures; `segmentation` the map of each overlay as a fractional Segmentation, for programs that read maps as numbers; `decision` what a reader decided on the report, with the reader’s name.',
  );

/** Where results go; one kind each. */
export const destination = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('c-store'),
    name: z.string().min(1).describe('What you call it.'),
    reports,
    aeTitle: aeTitle.describe('AE title of the archive.'),
    host: z.string().describe('Its host name or address.'),
    port: port.describe('Its TCP port.'),
    tls: clientTls,
    commitment: z
      .boolean()
      .default(false)
      .describe('A result counts as delivered once the archive has committed to it (PS3.4 annex J).'),
    commitmentMs: milliseconds(30_000, 'How long to wait for that; then it is asked again later.'),
    timeoutMs: milliseconds(60_000, 'Longest silence of the archive.'),
  }),
  z.strictObject({
    kind: z.literal('stow-rs'),
    name: z.string().min(1).describe('What you call it.'),
    reports,
    url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root.'),
    auth,
    readBack: z
      .boolean()
      .default(false)
      .describe('Fetch each result again by WADO-RS and compare, before it counts as delivered.'),
    timeoutMs: milliseconds(60_000, 'Longest silence of the archive.'),
  }),
]);
