import { hostname } from 'node:os';
import { createAuditor, type Auditor } from '#audit/auditor';
import { openAuditSpool } from '#audit/spool';
import { patientOf, type Node, type TellingDoors } from '#audit/tell';
import type { Configuration } from '#config/schema';
import type { Publish } from '#domain/event';
import type { StudyUid } from '#domain/uid';
import { openCertificates } from './certificates.ts';
import type { Live } from './live.ts';
import type { Clock } from './ports.ts';

/** The audit log's writer, where the configuration names a repository. Throws CONFIGURATION_INVALID. */
export function openAuditing(
  { audit, dataFolder }: Configuration,
  { clock, publish }: { clock: Clock; publish: Publish },
): Auditor | undefined {
  if (!audit) return undefined;
  const { host, port, protocol, timeoutMs, tls, sourceId, siteId, recordsMax } = audit;
  const certificates = tls && openCertificates('audit.tls', tls, { publish });
  const auditor = createAuditor(
    {
      repository: { host, port, protocol, timeoutMs, certificates },
      source: { sourceId, siteId },
      sender: { host: hostname(), processId: process.pid },
    },
    { spool: openAuditSpool(dataFolder, recordsMax), clock, publish },
  );
  return {
    ...auditor,
    async close() {
      await auditor.close();
      certificates?.close();
    },
  };
}

/** Notes a study that leaves the archive, with its patient, who cannot be looked up afterwards. */
export function leavingOf(ledger: TellingDoors['ledger'], auditor: Auditor | undefined) {
  return async (study: StudyUid): Promise<() => void> => {
    const [source] = await ledger.instances(study, 'source');
    return () => {
      if (source) auditor?.note({ kind: 'deleted', study, patient: patientOf(source) });
    };
  };
}

/** What audit messages are told with. */
export function tellingDoors(live: Live<Configuration>, ledger: TellingDoors['ledger']): TellingDoors {
  return {
    ledger,
    self: { name: live.current().dimse.aeTitle, address: hostname() },
    nodeOf(name): Node {
      const { archives, destinations } = live.current();
      const found = [...destinations, ...archives].find((each) => each.name === name);
      if (!found) return { name, address: name };
      return {
        name: 'aeTitle' in found && typeof found.aeTitle === 'string' ? found.aeTitle : name,
        address: 'host' in found ? found.host : 'url' in found ? new URL(found.url).hostname : name,
      };
    },
  };
}
