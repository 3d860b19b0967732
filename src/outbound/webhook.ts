import { createHmac } from 'node:crypto';
import type { Clock, Destination } from '#src/ports';
import { requireTaken, unreachable, within } from './answer.ts';
import type { Identity } from './identity.ts';
import { messageOf, type AskStanding, type Message } from './message.ts';

export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  readonly secret: string;
  /** Whether the body says who the patient is. */
  readonly patient: boolean;
  readonly timeoutMs: number;
}

/**
 * A program of the site that is told by a signed POST of JSON, after Standard Webhooks 1.0: `webhook-id` is the report's
 * SOP Instance UID, the same at every repeat; `webhook-signature` is `v1,` and the base64 of HMAC-SHA256, under the shared
 * secret, over id, `webhook-timestamp` (seconds since 1970) and body, joined by dots.
 */
export function createWebhookDestination(
  { name, url, secret, patient, timeoutMs }: WebhookSettings,
  { ask, clock }: { ask: AskStanding; clock: Pick<Clock, 'now'> },
): Destination {
  return {
    name,
    async deliver(instance, path, signal) {
      const message = await messageOf(instance, path, ask);
      const body = JSON.stringify(bodyOf(message, patient));
      const timestamp = String(Math.floor(clock.now() / 1000));
      const id = message.document;
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': id,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signatureOf(`${id}.${timestamp}.${body}`, secret)}`,
      };
      // A redirect would show a patient's findings to whoever it names.
      const request = { method: 'POST', headers, body, redirect: 'manual', signal: within(timeoutMs, signal) } as const;
      const { status, body: rest } = await fetch(url, request).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw unreachable(name, thrown);
      });
      await rest?.cancel().catch(() => undefined); // its status is all that counts
      requireTaken(name, status);
    },
  };
}

/** Standard Webhooks gives secrets as `whsec_` and base64; any other text is taken as it is. */
function signatureOf(signed: string, secret: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  return createHmac('sha256', key).update(signed).digest('base64');
}

function bodyOf({ identity, triage, location, ...message }: Message, withPatient: boolean) {
  const { patientId, issuer, names, birthDate, sex, accession, studyDate } = identity.disclose();
  const patient: Partial<Identity> = { patientId, issuer, names, birthDate, sex };
  return {
    type: 'report.written',
    ...message,
    study: { uid: message.study, date: studyDate, ...(withPatient && { accession }) },
    ...(withPatient && { patient, ...(location !== undefined && { location }) }),
    ...(triage && {
      priority: triage.priority,
      stage: triage.stage,
      reasons: triage.reasons.map(({ rule, message: words, priority, standing }) => ({
        rule,
        message: words,
        priority,
        standing,
      })),
    }),
  };
}
