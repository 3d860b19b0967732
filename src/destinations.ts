import type { Configuration, DestinationSettings } from '#config/schema';
import { createStowDestination } from '#dicomweb/destinations/stow-rs';
import type { Commitments } from '#dimse/commitments';
import { createCStoreDestination } from '#dimse/destinations/c-store';
import { withCommitment } from '#dimse/destinations/committed';
import type { DocumentKind } from '#domain/document';
import type { Publish } from '#domain/event';
import { openCertificates } from './certificates.ts';
import { credentialsOf } from './credentials.ts';
import { openEach, type Opened } from './live-list.ts';
import type { Live } from './live.ts';
import type { Destination } from './ports.ts';

interface DestinationDoors {
  readonly publish: Publish;
  readonly commitments: Commitments;
}

/** Where results go, as the configuration says now: who is added, changed or taken out leaves the others alone. */
export function openDestinations(live: Live<Configuration>, doors: DestinationDoors) {
  const callingAeTitle = live.current().dimse.aeTitle;
  return openEach(
    live,
    ({ destinations }) => destinations,
    (settings) => {
      const { thing, ...rest } = open(settings, { ...doors, callingAeTitle });
      return { thing: { ...thing, reports: reportsFor(settings) }, ...rest };
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

/** The kinds of report that a destination is sent. */
export function reportsFor({ reports }: DestinationSettings): readonly DocumentKind[] {
  return reports.map((report) => reportKinds[report]);
}

function open(
  settings: DestinationSettings,
  { publish, commitments, callingAeTitle }: DestinationDoors & { readonly callingAeTitle: string },
): Opened<Destination> {
  switch (settings.kind) {
    case 'c-store': {
      const certificates = settings.tls && openCertificates(`destination ${settings.name}`, settings.tls, { publish });
      const peer = { ...settings, certificates, callingAeTitle };
      const stored = createCStoreDestination(peer);
      const thing = settings.commitment ? withCommitment(stored, { ...peer, commitments }) : stored;
      return { thing, close: () => certificates?.close() };
    }
    case 'stow-rs':
      return { thing: createStowDestination({ ...settings, authorization: credentialsOf(settings.auth) }) };
  }
}
