import type { Configuration, DestinationSettings } from '#config/schema';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import type { Commitments } from '#dimse/commitments';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { withCommitment } from '#dimse/destinations/committed';
import { createReturnToSender, type ReturnSettings } from '#dimse/destinations/return-to-sender';
import type { DocumentKind } from '#domain/document';
import { openCertificates } from './certificates.ts';
import { credentialsOf } from './credentials.ts';
import { openEach, type Opened } from './live-list.ts';
import type { Live } from './live.ts';
import { isMessage, openMessages, type MessageDoors } from './messages.ts';
import type { Destination } from './ports.ts';
import type { Ledger } from './ports/ledger.ts';

interface DestinationDoors extends MessageDoors {
  readonly commitments: Commitments;
  readonly sendersOf: ReturnSettings['sendersOf'];
}

/** Where results go, as the configuration says now: who is added, changed or taken out leaves the others alone. */
export function openDestinations(live: Live<Configuration>, doors: DestinationDoors) {
  const callingAeTitle = live.current().dimse.aeTitle;
  return openEach(
    live,
    ({ destinations }) => destinations,
    (settings) => {
      const { thing, ...rest } = open(settings, { ...doors, callingAeTitle });
      const { onlyByRule, preliminary } = settings;
      return { thing: { ...thing, reports: reportsFor(settings), onlyByRule, preliminary }, ...rest };
    },
  );
}

const reportKinds = {
  measurement: 'sr',
  text: 'text-sr',
  echo: 'echo-sr',
  'key-clips': 'key-objects',
  pdf: 'pdf',
  segmentation: 'segmentation',
  decision: 'decision',
} as const;

/** The kinds of document that a destination is sent: an archive its reports and the overlays, the others what messages are made of. */
export function reportsFor(settings: DestinationSettings): readonly DocumentKind[] {
  return isMessage(settings) ? ['sr'] : [...settings.reports.map((report) => reportKinds[report]), 'sc'];
}

type Doors = DestinationDoors & { readonly callingAeTitle: string };

function open(settings: DestinationSettings, doors: Doors): Opened<Destination> {
  if (isMessage(settings)) return openMessages(settings, doors);
  switch (settings.kind) {
    case 'c-store':
      return openCStore(settings, doors);
    case 'stow-rs': {
      const certificates = certificatesOf(settings, doors);
      const authorization = credentialsOf(settings.auth);
      const thing = createStowDestination({ ...settings, authorization, certificates });
      return { thing, close: () => certificates?.close() };
    }
    case 'return-to-sender': {
      const { name, senders, ...shared } = settings;
      const opened = new Map(
        senders.map((sender) => {
          const peer = { ...shared, ...sender, kind: 'c-store', name: `${name} to ${sender.aeTitle}` } as const;
          return [sender.aeTitle, openCStore(peer, doors)];
        }),
      );
      const thing = createReturnToSender({ name, sendersOf: doors.sendersOf, at: (title) => opened.get(title)?.thing });
      return { thing, close: () => opened.forEach(({ close }) => void close?.()) };
    }
  }
}

type CStoreSettings = Extract<DestinationSettings, { kind: 'c-store' }>;

function openCStore(settings: CStoreSettings, { callingAeTitle, ...doors }: Doors): Opened<Destination> {
  const certificates = certificatesOf(settings, doors);
  const peer = { ...settings, certificates, callingAeTitle };
  const stored = createCStoreDestination(peer);
  const thing = settings.commitment ? withCommitment(stored, { ...peer, commitments: doors.commitments }) : stored;
  return { thing, close: () => certificates?.close() };
}

function certificatesOf(
  { name, tls }: Pick<CStoreSettings, 'name' | 'tls'>,
  { publish }: Pick<DestinationDoors, 'publish'>,
) {
  return tls && openCertificates(`destination ${name}`, tls, { publish });
}

/** AE titles that sent instances of the study. */
export function sendersIn(ledger: Pick<Ledger, 'instances'>): DestinationDoors['sendersOf'] {
  return async (study) =>
    (await ledger.instances(study, 'source')).flatMap(({ origin }) =>
      origin?.kind === 'c-store' ? [origin.callingAeTitle] : [],
    );
}
