import { z } from 'zod';
import { auth } from './credentials.ts';
import { clientTls } from './tls.ts';
import { told } from './told.ts';
import { milliseconds, port } from './values.ts';

const name = z.string().min(1).describe('What you call it.');
const patience = milliseconds(30_000, 'Longest wait for its answer.');
const always = told({ preliminary: true, onlyByRule: false });

/** Destinations that are sent messages, made of the measurement report. */
export const messages = [
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    ...always,
    url: z.url({ protocol: /^https?$/ }).describe('Where JSON is posted to, signed after Standard Webhooks.'),
    secretFile: z.string().describe('File of the secret that signs: `whsec_` and base64, or any text.'),
    patient: z.boolean().default(true).describe('Say who the patient is, beside the Study Instance UID.'),
    timeoutMs: patience,
  }),
  z.strictObject({
    kind: z.literal('hl7'),
    name,
    ...always,
    host: z.string().describe('Host name or address of what takes ORU^R01 by MLLP.'),
    port: port.describe('Its TCP port.'),
    tls: clientTls,
    sendingApplication: z.string().default('APICAL').describe('MSH-3.'),
    sendingFacility: z.string().default('').describe('MSH-4.'),
    receivingApplication: z.string().default('').describe('MSH-5.'),
    receivingFacility: z.string().default('').describe('MSH-6.'),
    processingId: z.enum(['P', 'T', 'D']).default('P').describe('MSH-11: production, training or debugging.'),
    timeoutMs: patience,
  }),
  z.strictObject({
    kind: z.literal('fhir'),
    name,
    ...always,
    url: z.url({ protocol: /^https?$/ }).describe('Base of a FHIR R4 service that takes transactions.'),
    auth,
    patientSystem: z
      .url({ protocol: /^(https?|urn)$/, hostname: /.*/ })
      .optional()
      .describe('URI of the system that your Patient IDs are of, such as urn:oid:1.2.3.'),
    timeoutMs: patience,
  }),
  z.strictObject({
    kind: z.literal('smtp'),
    name,
    ...told({ preliminary: true, onlyByRule: true }),
    host: z.string().describe('Mail server.'),
    port: port.default(587).describe('Its TCP port; 465 for `security: tls`.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('STARTTLS demanded, TLS from the first byte, or neither: then anybody on the way reads along.'),
    tls: clientTls,
    user: z.string().optional().describe('Login, where it asks for one.'),
    passwordFile: z.string().optional().describe('File of its password.'),
    from: z.string().min(1).describe('Sender address.'),
    to: z.array(z.string().min(1)).min(1).describe('Addresses of those who are told.'),
    patientInMail: z
      .boolean()
      .default(false)
      .describe('Say in the text who the patient is; mail is read in many places. Never in the subject.'),
    pageUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where the page is reached from outside, for a link to the study.'),
    timeoutMs: patience,
  }),
] as const;
