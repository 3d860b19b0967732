import type { Configuration } from '#config/schema';
import { createCommitmentReports } from '#dimse/commitment-reports';
import type { Publish } from '#domain/event';
import { openCertificates } from './certificates.ts';
import type { CommitmentReports } from './ports.ts';

/** How modalities that may ask us to commit are answered; undefined where none may. */
export function openCommitmentReports(
  { dimse }: Configuration,
  { publish, closers }: { publish: Publish; closers: (() => unknown)[] },
): CommitmentReports | undefined {
  if (dimse.commitment.length === 0) return undefined;
  const modalities = dimse.commitment.map(({ tls, ...modality }) => {
    const certificates = tls && openCertificates(`dimse.commitment ${modality.aeTitle}`, tls, { publish });
    if (certificates) closers.push(certificates.close);
    return { ...modality, certificates };
  });
  return createCommitmentReports({ modalities, callingAeTitle: dimse.aeTitle, timeoutMs: dimse.idleMs });
}
