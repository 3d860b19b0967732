import { z } from 'zod';
import { clientTls, serverTls } from './tls.ts';
import { aeTitle, bytes, count, milliseconds, network, port } from './values.ts';

/** Receiving over DICOM. */
export const dimse = z.strictObject({
  aeTitle: aeTitle.default('APICAL').describe('Our AE title; modalities send to it.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Loopback until you set another, such as 0.0.0.0.'),
  port: port.default(11112).describe('TCP port; 0 takes a free one.'),
  callingAeTitles: z.array(aeTitle).default([]).describe('AE titles that may send; empty: any.'),
  addresses: z
    .array(network)
    .default([])
    .describe('Addresses and networks that may connect, such as 10.1.2.3 or 10.1.0.0/16; empty: any.'),
  sopClasses: z
    .array(z.string().regex(/^[\d.]{1,64}$/, 'must be a UID'))
    .default([])
    .describe('Storage SOP classes that are taken, by UID; empty: all that the conformance statement names.'),
  anyCalledAeTitle: z.boolean().default(false).describe('Accept associations that call us by another title.'),
  commitment: z
    .array(
      z.strictObject({
        aeTitle: aeTitle.describe('AE title as it calls us.'),
        host: z.string().describe('Its host name or address.'),
        port: port.describe('Its TCP port for the answer.'),
        tls: clientTls,
      }),
    )
    .default([])
    .describe('Modalities that may ask us to commit to what they sent (PS3.4 annex J), and where they are answered.'),
  associationsMax: count(32, 'Associations at one time.'),
  associationsPerPeerMax: count(16, 'Associations of one address at one time.'),
  pduLengthMax: bytes(262_144, 'Longest PDU that we accept.'),
  commandBytesMax: bytes(16_384, 'Longest command set; they are some hundred bytes long.'),
  contextsMax: count(128, 'Presentation contexts of one association; PS3.8 numbers no more.'),
  firstPduMs: milliseconds(10_000, 'Time for a peer to ask for an association.'),
  idleMs: milliseconds(60_000, 'Time between two PDUs before an association is aborted.'),
  associationMs: milliseconds(3_600_000, 'Longest life of an association.'),
  tls: serverTls(true, 'Given, only TLS 1.2 or newer is spoken (BCP 195).'),
});
