import type { DestinationSettings } from '#config/schema';
import { authorizationHeaders } from '#dicomweb/client/authorization';
import type { Publish } from '#domain/event';
import { createFhirDestination } from '#outbound/fhir/destination';
import { createHl7Destination } from '#outbound/hl7/destination';
import type { AskStanding } from '#outbound/message';
import { onlyNewest } from '#outbound/only-newest';
import { createSmtpDestination } from '#outbound/smtp';
import { createWebhookDestination } from '#outbound/webhook';
import { openCertificates } from './certificates.ts';
import { credentialsOf, secretIn } from './credentials.ts';
import type { Opened } from './live-list.ts';
import type { Clock, Destination } from './ports.ts';

export interface MessageDoors {
  readonly ask: AskStanding;
  readonly clock: Clock;
  readonly publish: Publish;
}

const kinds = ['webhook', 'hl7', 'fhir', 'smtp'] as const;

/** Settings of a destination that is sent messages, not objects. */
export type MessageSettings = Extract<DestinationSettings, { kind: (typeof kinds)[number] }>;

export function isMessage(settings: DestinationSettings): settings is MessageSettings {
  return kinds.some((kind) => kind === settings.kind);
}

/** Opens what is told of reports by messages. Throws CONFIGURATION_INVALID where a secret or certificate cannot be read. */
export function openMessages(settings: MessageSettings, doors: MessageDoors): Opened<Destination> {
  const { thing, ...rest } = open(settings, doors);
  return { thing: onlyNewest(thing, doors.ask), ...rest };
}

function open(settings: MessageSettings, doors: MessageDoors): Opened<Destination> {
  switch (settings.kind) {
    case 'webhook':
      return { thing: createWebhookDestination({ ...settings, secret: secretIn(settings.secretFile) }, doors) };
    case 'hl7': {
      const certificates = certificatesOf(settings, doors);
      return { thing: createHl7Destination({ ...settings, certificates }, doors), close: () => certificates?.close() };
    }
    case 'fhir': {
      const authorization = credentialsOf(settings.auth);
      const authorize = async (signal: AbortSignal) => authorizationHeaders(authorization, signal);
      return { thing: createFhirDestination(settings, { ...doors, authorize }) };
    }
    case 'smtp': {
      const certificates = certificatesOf(settings, doors);
      const { user, passwordFile } = settings;
      const login =
        user !== undefined && passwordFile !== undefined ? { user, pass: secretIn(passwordFile) } : undefined;
      const thing = createSmtpDestination({ ...settings, certificates, login }, doors);
      return { thing, close: () => certificates?.close() };
    }
  }
}

function certificatesOf({ name, tls }: Extract<MessageSettings, { kind: 'hl7' | 'smtp' }>, { publish }: MessageDoors) {
  return tls && openCertificates(`destination ${name}`, tls, { publish });
}
