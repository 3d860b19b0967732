import { AgentError } from '#domain/errors';
import type { Certificates, Destination } from '#src/ports';
import { unreachable } from './answer.ts';
import { messageOf, reasonsOf, wordsOf, type AskStanding, type Message } from './message.ts';

export interface SmtpSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** STARTTLS demanded, TLS from the first byte, or neither. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly certificates?: Certificates | undefined;
  readonly login?: { readonly user: string; readonly pass: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Whether the text says who the patient is; the subject never does. */
  readonly patientInMail: boolean;
  /** Where the page is reached, for a link to the study. */
  readonly pageUrl?: string | undefined;
  readonly timeoutMs: number;
}

/** People who are told by mail. The same report has the same Message-ID, so that a repeat is recognised. */
export function createSmtpDestination(settings: SmtpSettings, { ask }: { ask: AskStanding }): Destination {
  const { name, from, to } = settings;
  return {
    name,
    async deliver(instance, path, signal) {
      const message = await messageOf(instance, path, ask);
      const { createTransport } = await import('nodemailer'); // not before it is needed: the start is to be quick
      const transport = createTransport(connectionOf(settings));
      const mail = { from, to: [...to], subject: subjectOf(message), text: textOf(message, settings) };
      const messageId = `<${message.document}@apical>`;
      const sending = transport.sendMail({ ...mail, messageId });
      const { rejected } = await endedBy(signal, sending).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw faultOf(name, thrown as MailError);
      });
      // Some have it: to send it again would tell them twice.
      if (rejected.length > 0) {
        throw new AgentError('DESTINATION_REFUSED', `${name} refused ${rejected.length} of ${to.length} recipients.`);
      }
    },
  };
}

function connectionOf({ host, port, security, certificates, login, timeoutMs }: SmtpSettings) {
  const { key, cert, ca, minVersion, ciphers } = certificates?.options() ?? { minVersion: 'TLSv1.2' as const };
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: {
      rejectUnauthorized: true,
      minVersion,
      ...(ciphers && { ciphers }),
      ...(key && { key }),
      ...(cert && { cert }),
      ...(ca && { ca }),
    },
    ...(login && { auth: login }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function endedBy<T>(signal: AbortSignal, sending: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([sending, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    sending.catch(() => undefined); // given up: nobody waits for it any more
  }
}

interface MailError extends Error {
  readonly responseCode?: number;
}

/** Replies of 4yz are to be tried again, 5yz are for good (RFC 5321 section 4.2.1). */
function faultOf(name: string, error: MailError): AgentError {
  const { responseCode } = error;
  if (responseCode === undefined) return unreachable(name, error);
  const isLater = responseCode < 500;
  return new AgentError(isLater ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED', `${name} answered ${responseCode}.`);
}

/** A subject shows on a locked screen: urgency and the site's own words, and nothing of the patient. */
function subjectOf(message: Message): string {
  const { triage, status, model } = message;
  const [first = 'no rule met'] = reasonsOf(message);
  const words = triage ? first : 'a report was written';
  return `Apical${model.isPhantomOnly ? ' PHANTOM' : ''}: ${words} (${status}, research use only)`;
}

function textOf(message: Message, { patientInMail, pageUrl }: SmtpSettings): string {
  const { statements, triage, answers, notAssessed, study } = message;
  return [
    ...statements,
    '',
    `Priority: ${triage?.priority ?? 'none'}, by the ${message.status} report`,
    ...reasonsOf(message).map((reason) => `- ${reason}`),
    '',
    ...answers.map(wordsOf),
    ...notAssessed.map(({ concept, because }) => `${concept.meaning}: ${because.meaning}`),
    '',
    ...(patientInMail ? patientLines(message) : []),
    ...(pageUrl === undefined ? [] : [new URL(`#/study/${study}`, pageUrl).href]),
    'A similarity is a cosine between picture and sentence, never a probability.',
  ].join('\n');
}

function patientLines({ identity }: Message): readonly string[] {
  const { patientId, names, birthDate, accession, studyDate } = identity.disclose();
  return [
    `Patient: ${names.map(({ components }) => components.filter(Boolean).join(' ')).join(' / ')}`,
    `Patient ID: ${patientId}, born ${birthDate}`,
    `Study of ${studyDate}, accession number ${accession}`,
    '',
  ];
}
