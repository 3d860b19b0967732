import type { ArchiveSettings, DestinationSettings } from '#config/schema';
import { createQuery } from '#dicomweb/client/query';
import { createSend } from '#dicomweb/client/service';
import { echo } from '#dimse/storage-scu';
import { openCertificates } from '#src/certificates';
import { credentialsOf } from '#src/credentials';
import { isMessage } from '#src/messages';
import { examineListener } from './examine-listener.ts';

type WebArchive = Extract<ArchiveSettings, { url: string }>;
type CStoreSettings = Extract<DestinationSettings, { kind: 'c-store' }>;
type Node = Pick<CStoreSettings, 'aeTitle' | 'host' | 'port' | 'tls'>;

/** Asks a destination whether it is there, without sending anything. Throws where it is not. */
export async function examineDestination(destination: DestinationSettings, callingAeTitle: string): Promise<string> {
  if (isMessage(destination)) return examineListener(destination);
  switch (destination.kind) {
    case 'stow-rs':
      return examineService(destination, 'DESTINATION_UNREACHABLE');
    case 'c-store':
      return greet(destination, callingAeTitle);
    case 'return-to-sender': {
      const answers = [];
      for (const sender of destination.senders) answers.push(await greet(sender, callingAeTitle));
      return answers.join('; ');
    }
  }
}

/** Asks a watched archive whether it is there. Throws where it is not. */
export function examineArchive(archive: ArchiveSettings, callingAeTitle: string): Promise<string> {
  return archive.kind === 'dimse' ? greet(archive, callingAeTitle) : examineService(archive, 'ARCHIVE_UNREACHABLE');
}

/** Asks a DICOMweb service for one study. */
export async function examineService(
  { name, url, auth, tls, timeoutMs }: Pick<WebArchive, 'name' | 'url' | 'auth' | 'tls' | 'timeoutMs'>,
  unreachable: 'ARCHIVE_UNREACHABLE' | 'DESTINATION_UNREACHABLE',
): Promise<string> {
  const certificates = certificatesOf(name, tls);
  const send = createSend({ name, url, authorization: credentialsOf(auth), timeoutMs, certificates }, unreachable);
  const query = createQuery(name, send, { unreachable, unusable: unreachable });
  await query.studies({ limit: 1 }, AbortSignal.timeout(timeoutMs));
  return `${url} answers QIDO-RS`;
}

async function greet({ aeTitle, host, port, tls }: Node, callingAeTitle: string): Promise<string> {
  const to = { aeTitle, host, port, certificates: certificatesOf(aeTitle, tls) };
  await echo({ to, callingAeTitle, timeoutMs: 10_000, signal: AbortSignal.timeout(10_000) });
  return `${aeTitle}@${host}:${port} answers C-ECHO`;
}

/** As they are now: nothing is watched. */
function certificatesOf(name: string, tls: Node['tls']) {
  const certificates = tls && openCertificates(name, tls, { publish: () => undefined });
  certificates?.close();
  return certificates;
}
