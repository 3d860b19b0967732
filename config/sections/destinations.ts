import { z } from 'zod';
import { auth } from './credentials.ts';
import { messages } from './messages.ts';
import { clientTls } from './tls.ts';
import { told } from './told.ts';
import { aeTitle, milliseconds, port } from './values.ts';

const reports = z
  .array(z.enum(['measurement', 'text', 'echo', 'key-clips', 'pdf', 'segmentation', 'decision']))
  .default(['measurement', 'text'])
  .describe(
    'Reports it is sent; `echo` is a Simplified Adult Echo SR, for an echo information system; `key-clips` a Key Object Selection of the clips that were used; `pdf` the report in words as an encapsulated PDF, with pictures; `segmentation` the map of each overlay as a fractional Segmentation, for programs that read maps as numbers; `decision` what a reader decided on the report, with the reader’s name.',
  );

const name = z.string().min(1).describe('What you call it.');
const archived = told({ preliminary: false, onlyByRule: false });
const timeoutMs = milliseconds(60_000, 'Longest silence of the archive.');
const commitment = (clause: string) => ({
  commitment: z
    .boolean()
    .default(false)
    .describe(`A result counts as delivered once the archive has committed to it (${clause}).`),
  commitmentMs: milliseconds(30_000, 'How long to wait for that; then it is asked again later.'),
});

/** Where results go; one kind each. */
export const destination = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('c-store'),
    name,
    reports,
    ...archived,
    aeTitle: aeTitle.describe('AE title of the archive.'),
    host: z.string().describe('Its host name or address.'),
    port: port.describe('Its TCP port.'),
    tls: clientTls,
    ...commitment('PS3.4 annex J'),
    timeoutMs,
  }),
  z.strictObject({
    kind: z.literal('stow-rs'),
    name,
    reports,
    ...archived,
    url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root.'),
    auth,
    tls: clientTls,
    readBack: z
      .boolean()
      .default(false)
      .describe('Fetch each result again by WADO-RS and compare, before it counts as delivered.'),
    ...commitment('PS3.18 section 13'),
    timeoutMs,
  }),
  z.strictObject({
    kind: z.literal('return-to-sender'),
    name,
    reports,
    ...archived,
    senders: z
      .array(
        z.strictObject({
          aeTitle: aeTitle.describe('AE title as it calls us.'),
          host: z.string().describe('Its host name or address.'),
          port: port.describe('Its TCP port.'),
          tls: clientTls,
        }),
      )
      .min(1)
      .describe('Who gets results back by C-STORE, and where; studies of others are left, and the page says so.'),
    ...commitment('PS3.4 annex J'),
    timeoutMs,
  }),
  ...messages,
]);
