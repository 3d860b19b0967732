import { z } from 'zod';
import { serverTls } from './tls.ts';
import { bytes, count, milliseconds, port } from './values.ts';

const httpAuth = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('open') }),
    z.strictObject({ kind: z.literal('basic'), usersFile: z.string() }),
    z.strictObject({
      kind: z.literal('oidc'),
      issuer: z.url({ protocol: /^https?$/ }),
      audience: z.string(),
      rolesClaim: z.string().default('roles'),
      rolePrefix: z.string().default(''),
    }),
  ])
  .default({ kind: 'none' })
  .describe(
    'Who may read, act (store, demonstrate) and administer. none: this machine only. open: anybody who reaches the port. basic: lines of `apical password`. oidc: bearer tokens with the roles read, act, administer in a claim.',
  );

/** The page, DICOMweb, health and metrics. */
export const http = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on. Loopback until you set another.'),
  port: port.default(8080).describe('TCP port of the page, the DICOMweb service and the metrics; 0 takes a free one.'),
  allowedOrigins: z.array(z.string()).default([]).describe('Origins of web viewers that may read /dicom-web.'),
  allowedHosts: z.array(z.string()).default([]).describe('Host names under which we are reached, beyond loopback.'),
  viewerUrl: z
    .string()
    .regex(/^https?:\/\/.*\{StudyInstanceUID\}/, 'must be an http or https address that holds {StudyInstanceUID}')
    .optional()
    .describe(
      "The site's viewer: the page opens a study at this address, in which {StudyInstanceUID} stands for the study; for instance https://viewer.example/viewer?StudyInstanceUIDs={StudyInstanceUID}.",
    ),
  connectionsMax: count(1024, 'Connections at one time.'),
  listenersMax: count(64, 'Pages that listen for events at one time.'),
  channelsMax: count(64, 'Subscribers of worklists that listen at one time.'),
  headersMs: milliseconds(15_000, 'Time for a TLS handshake, and for the header fields of a request.'),
  requestMs: milliseconds(3_600_000, 'Time for a whole request.'),
  resultsMax: count(1000, 'Most results of one search; what is left is found with an offset.'),
  partsMax: count(10_000, 'Objects of one STOW-RS request.'),
  requestBytesMax: bytes(4 * 2 ** 30, 'Longest STOW-RS request.'),
  requestSilenceMs: milliseconds(60_000, 'Longest silence of a sender in the middle of a request.'),
  tls: serverTls(false, 'Given, HTTPS only.'),
  auth: httpAuth,
});
