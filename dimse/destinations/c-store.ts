import { AgentError } from '#domain/errors';
import type { Destination } from '#src/ports';
import type { Peer } from '#dimse/association-requestor';
import { sendInstances, type Sent } from '#dimse/storage-scu';

export interface CStoreSettings extends Peer {
  readonly name: string;
  /** Our own AE title. */
  readonly callingAeTitle: string;
  readonly timeoutMs: number;
}

/** Duplicate SOP instance (PS3.7 annex C.5.7). */
const duplicate = 0x0111;

/**
 * An archive that takes results by C-STORE. Only a response of success or warning (PS3.4 table B.2-1) delivers.
 *
 * "Duplicate SOP instance" tells that the archive holds something under the UID. For a document of ours it counts as
 * delivered: its UID is derived from the facts that it states, so what is there is what we sent before, perhaps just
 * before the process died. For any other object it is a refusal for a person to look at, unless we sent it before and
 * never got the answer.
 */
export function createCStoreDestination(settings: CStoreSettings): Destination {
  const { name, callingAeTitle, timeoutMs } = settings;
  const unanswered = new Set<string>();
  return {
    name,
    async deliver({ facts, role }, path, signal) {
      const { sopClass, sopInstance, transferSyntax } = facts;
      const isKnown = role === 'result' || unanswered.has(sopInstance);
      const files = [{ path, sopClass, sopInstance, transferSyntax }];
      const onWritten = () => void unanswered.add(sopInstance);
      const [sent] = await sendInstances({ files, to: settings, callingAeTitle, timeoutMs, signal, onWritten });
      unanswered.delete(sopInstance);
      if (!sent) throw new AgentError('DESTINATION_UNREACHABLE', `${name}: no response.`);
      confirm(sent, name, isKnown);
    },
  };
}

function confirm({ status, comment }: Sent, name: string, isKnown: boolean): void {
  if (status === 0 || isWarning(status)) return;
  if (status === duplicate && isKnown) return;
  // Error comments are the peer's words and may name the patient; the status says enough.
  const said = `${name} answered 0x${status.toString(16).padStart(4, '0').toUpperCase()}${comment ? ', with a comment' : ''}.`;
  throw new AgentError(isOutOfResources(status) ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED', said);
}

/** Coerced, elements discarded and the like: it is stored (PS3.4 table B.2-1). */
function isWarning(status: number): boolean {
  return status >> 12 === 0xb;
}

function isOutOfResources(status: number): boolean {
  return status >> 8 === 0xa7;
}
