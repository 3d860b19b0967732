import { z } from 'zod';
import { auth } from './credentials.ts';
import { clientTls } from './tls.ts';
import { aeTitle, count, cron, milliseconds, port } from './values.ts';

const name = z.string().min(1).describe('What you call it.');
const window = {
  modalities: z.array(z.string()).default(['US']).describe('Modalities to look for.'),
  schedule: cron.default('*/30 * * * * *').describe('When to look, as a cron expression (with seconds).'),
  lookbackDays: count(2, 'Study dates to look at, in days before today; later parts of a study are found as long.'),
};
const timeoutMs = milliseconds(30_000, 'Longest silence of the archive.');

/** An archive that is watched: by DICOMweb, unless its kind says otherwise. */
export const archive = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('dicomweb').optional(),
    name,
    url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root, such as http://pacs:8042/dicom-web.'),
    auth,
    tls: clientTls,
    ...window,
    pageSize: count(100, 'Results a page.'),
    timeoutMs,
  }),
  z.strictObject({
    kind: z.literal('dimse'),
    name,
    aeTitle: aeTitle.describe('AE title of the archive, which is asked by C-FIND.'),
    host: z.string().describe('Its host name or address.'),
    port: port.describe('Its TCP port.'),
    tls: clientTls,
    retrieve: z
      .enum(['c-get', 'c-move'])
      .default('c-get')
      .describe(
        'How objects come: on the association that asks, or, with C-MOVE, to our own AE title and port, which the archive must know.',
      ),
    ...window,
    timeoutMs,
  }),
]);
