import { AgentError } from '#domain/errors';
import type { CommitmentReports } from '#src/ports';
import { requestAssociation, type Peer } from './association-requestor.ts';
import { commandFields, eventReportRequest } from './command-set.ts';
import { dataPdu, ProtocolViolation } from './pdu.ts';
import { storageCommitment } from './sop-classes.ts';
import { writeCommitmentReport } from './storage-commitment.ts';

export interface ReporterSettings {
  /** Who may ask us to commit, and where they hear the answer. */
  readonly modalities: readonly Peer[];
  readonly callingAeTitle: string;
  /** Longest silence of a modality. */
  readonly timeoutMs: number;
}

const implicitLittleEndian = '1.2.840.10008.1.2';
const contextId = 1;
const [allCommitted, someFailed] = [1, 2] as const;

/** Tells modalities what we vouch for: N-EVENT-REPORT (PS3.4 section J.3.3), on an association of our own as the provider. */
export function createCommitmentReports({ modalities, ...calling }: ReporterSettings): CommitmentReports {
  return {
    async report(aeTitle, commitment, signal) {
      const to = modalities.find((modality) => modality.aeTitle === aeTitle);
      if (!to) throw new AgentError('DESTINATION_REFUSED', `${aeTitle} is not among those who may ask us to commit.`);
      const contexts = [
        { id: contextId, abstractSyntax: storageCommitment.uid, transferSyntaxes: [implicitLittleEndian] },
      ];
      const providedByUs = [storageCommitment.uid];
      const association = await requestAssociation({ to, ...calling, contexts, providedByUs, signal });
      try {
        if (!association.accepted.has(contextId))
          throw new AgentError('DESTINATION_REFUSED', `${aeTitle} does not hear reports of storage commitment.`);
        const eventType = commitment.failed.length > 0 ? someFailed : allCommitted;
        const command = { contextId, isCommand: true, isLast: true, value: eventReportRequest(1, eventType) };
        await association.write(dataPdu(command));
        const value = writeCommitmentReport(commitment);
        for (const piece of piecesOf(value, association.pduLengthMax))
          await association.write(dataPdu({ contextId, isCommand: false, ...piece }));
        const { commandField, status } = await association.response();
        if (commandField !== commandFields.eventReportResponse)
          throw new ProtocolViolation('N-EVENT-REPORT was not answered.');
        if (status !== 0) throw new AgentError('DESTINATION_BUSY', `${aeTitle} does not take the report (${status}).`);
      } catch (thrown) {
        association.abort();
        if (!(thrown instanceof ProtocolViolation)) throw thrown;
        throw new AgentError('DESTINATION_UNREACHABLE', `${aeTitle}: ${thrown.message}`, { cause: thrown });
      }
      await association.release();
    },
  };
}

/** A PDV has 6 bytes of its own. */
function piecesOf(
  value: Buffer,
  pduLengthMax: number,
): readonly { readonly value: Buffer; readonly isLast: boolean }[] {
  const length = (pduLengthMax - 6) & ~1;
  if (length <= 0) throw new ProtocolViolation('The peer takes no PDU of any use.');
  return Array.from({ length: Math.ceil(value.length / length) }, (_, index) => ({
    value: value.subarray(index * length, (index + 1) * length),
    isLast: (index + 1) * length >= value.length,
  }));
}
