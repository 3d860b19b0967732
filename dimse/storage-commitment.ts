import { bufferSource } from '#dicom/byte-source';
import { readDataSet } from '#dicom/elements';
import { transferSyntaxOf } from '#dicom/transfer-syntaxes';
import { toDicomJson } from '#dicom/values';
import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { parseUid, type Uid } from '#domain/uid';
import type { Commitment } from '#src/ports';

// Storage Commitment Push Model (PS3.4 annex J): an archive vouches for what it was sent, and we for what modalities sent us.

/** The well-known instance that all requests go to (PS3.4 section J.3.5). */
export const commitmentInstance = '1.2.840.10008.1.20.1.1';

export interface CommittedInstance {
  readonly sopClass: string;
  readonly sopInstance: string;
}

/** What an archive answers to one transaction. */
export interface CommitmentReport {
  readonly transaction: string;
  /** SOP Instance UIDs that it vouches for. */
  readonly committed: ReadonlySet<string>;
  /** Failure Reason (PS3.4 section J.3.3.1.1) by SOP Instance UID. */
  readonly failed: ReadonlyMap<string, number>;
}

/** The data set of an N-ACTION request (PS3.4 table J.3-1), in Implicit VR Little Endian: every peer reads that. */
export function writeCommitmentRequest(transaction: string, { sopClass, sopInstance }: CommittedInstance): Buffer {
  return Buffer.concat([uid(0x1195, transaction), ...sequence(0x1199, [itemOf({ sopClass, sopInstance })])]);
}

/** What a modality asks us to commit to. */
export interface CommitmentRequested {
  readonly transaction: Uid;
  readonly instances: readonly CommittedInstance[];
}

/** Reads the data set of an N-ACTION request (PS3.4 table J.3-1). Throws OBJECT_UNREADABLE, REQUEST_INVALID. */
export function readCommitmentRequest(bytes: Buffer, transferSyntax: string): CommitmentRequested {
  const json = toDicomJson(readDataSet(bufferSource(bytes), 0, transferSyntaxOf(transferSyntax)));
  const transaction = uidOf(json, '00081195');
  const items = (json['00081199']?.Value ?? []) as readonly DicomJson[];
  return {
    transaction,
    instances: items.map((item) => ({ sopClass: uidOf(item, '00081150'), sopInstance: uidOf(item, '00081155') })),
  };
}

function uidOf(json: DicomJson, tag: string): Uid {
  const uid = parseUid(String(json[tag]?.Value?.[0]));
  if (!uid) throw new AgentError('REQUEST_INVALID', `The request to commit has no UID in ${tag}.`);
  return uid;
}

/** The data set of an N-EVENT-REPORT request (PS3.4 table J.3-2). */
export function writeCommitmentReport({ transaction, committed, failed }: Commitment): Buffer {
  const failures = failed.map(({ reason, ...reference }) => itemOf(reference, us(0x1197, reason)));
  const successes = committed.map((reference) => itemOf(reference));
  return Buffer.concat([uid(0x1195, transaction), ...sequence(0x1198, failures), ...sequence(0x1199, successes)]);
}

function itemOf({ sopClass, sopInstance }: CommittedInstance, ...more: readonly Buffer[]): Buffer {
  const item = Buffer.concat([uid(0x1150, sopClass), uid(0x1155, sopInstance), ...more]);
  return Buffer.concat([head(0xfffe, 0xe000, item.length), item]);
}

function sequence(element: number, items: readonly Buffer[]): readonly Buffer[] {
  const length = items.reduce((sum, item) => sum + item.length, 0);
  return length === 0 ? [] : [head(0x0008, element, length), ...items];
}

function us(element: number, value: number): Buffer {
  const bytes = Buffer.concat([head(0x0008, element, 2), Buffer.alloc(2)]);
  bytes.writeUInt16LE(value, 8);
  return bytes;
}

/** Reads the data set of an N-EVENT-REPORT request (PS3.4 table J.3-2). Throws OBJECT_UNREADABLE. */
export function readCommitmentReport(bytes: Buffer, transferSyntax: string): CommitmentReport {
  const json = toDicomJson(readDataSet(bufferSource(bytes), 0, transferSyntaxOf(transferSyntax)));
  const items = (tag: string) => (json[tag]?.Value ?? []) as readonly DicomJson[];
  const sopInstance = (item: DicomJson) => String(item['00081155']?.Value?.[0]);
  return {
    transaction: String(json['00081195']?.Value?.[0]),
    committed: new Set(items('00081199').map(sopInstance)),
    failed: new Map(items('00081198').map((item) => [sopInstance(item), Number(item['00081197']?.Value?.[0])])),
  };
}

function uid(element: number, text: string): Buffer {
  const value = Buffer.from(text.length % 2 === 0 ? text : `${text}\0`, 'latin1');
  return Buffer.concat([head(0x0008, element, value.length), value]);
}

function head(group: number, element: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(group, 0);
  bytes.writeUInt16LE(element, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}
