import type { ArchiveSettings } from '#config/schema';
import { createWebArchive } from '#dicomweb/watched-archive';
import { createDimseArchive } from '#dimse/watched-archive';
import type { Publish } from '#domain/event';
import { openCertificates } from './certificates.ts';
import { credentialsOf } from './credentials.ts';
import type { Clock } from './ports.ts';
import type { WatchedArchive } from './ports/archives.ts';

interface Doors {
  readonly clock: Clock;
  readonly publish: Publish;
  /** Our own AE title. */
  readonly aeTitle: string;
}

/** The archive that an entry of the configuration names, and what is to be closed with it. */
export function watchedArchiveOf(
  settings: ArchiveSettings,
  { clock, publish, aeTitle: callingAeTitle }: Doors,
): { readonly archive: WatchedArchive; close(): void } {
  const certificates = settings.tls && openCertificates(`archive ${settings.name}`, settings.tls, { publish });
  const archive =
    settings.kind === 'dimse'
      ? createDimseArchive({ ...settings, certificates, callingAeTitle }, clock)
      : createWebArchive({ ...settings, certificates, authorization: credentialsOf(settings.auth) }, clock);
  return { archive, close: () => certificates?.close() };
}
