import { z } from 'zod';
import { clientTls } from './tls.ts';
import { count, milliseconds, port } from './values.ts';

/** The repository of the hospital's audit log. */
export const audit = z
  .strictObject({
    host: z.string().describe('Host name or address of the syslog server.'),
    port: port.default(6514).describe('Its port.'),
    protocol: z
      .enum(['tls', 'udp'])
      .default('tls')
      .describe('TLS (RFC 5425), where each message is sent until it has come; or UDP (RFC 5426), where nobody knows.'),
    tls: clientTls,
    sourceId: z.string().min(1).default('Apical').describe('What the messages name as their source.'),
    siteId: z.string().min(1).optional().describe('The site within the enterprise, where it is to be named.'),
    recordsMax: count(
      100_000,
      'Records that wait for a server that is away; then the oldest give way, and it is said.',
    ),
    timeoutMs: milliseconds(10_000, 'Longest silence of the server.'),
  })
  .optional()
  .describe('Where DICOM audit messages go (PS3.15 section A.5). They name patients; without this there are none.');
