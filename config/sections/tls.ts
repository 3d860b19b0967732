import { z } from 'zod';

const keyFile = z.string().describe('Private key, PEM.');

const certificateFile = z.string().describe('Certificate with its chain, PEM.');

const caFile = z.string().optional().describe('Certificates of those who vouch for the other side, PEM.');

/** TLS where we listen. */
export const serverTls = (mutual: boolean, why: string) =>
  z
    .strictObject({
      keyFile,
      certificateFile,
      caFile,
      mutual: z.boolean().default(mutual).describe('The other side must show a certificate too.'),
    })
    .optional()
    .describe(`${why} Files are read again when they change.`);

/** TLS towards another. */
export const clientTls = z
  .strictObject({ caFile, keyFile: keyFile.optional(), certificateFile: certificateFile.optional() })
  .optional()
  .describe('Given, TLS 1.2 or newer (BCP 195), with our own certificate where one is named.');
