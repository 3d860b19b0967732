import { bufferSource } from '#dicom/byte-source';
import { readDataSet } from '#dicom/elements';
import { transferSyntaxOf } from '#dicom/transfer-syntaxes';
import { toDicomJson } from '#dicom/values';
import type { DicomJson } from '#domain/instance';

// Storage Commitment Push Model (PS3.4 annex J): an archive vouches for what it was sent.

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
  const item = Buffer.concat([uid(0x1150, sopClass), uid(0x1155, sopInstance)]);
  const items = Buffer.concat([head(0xfffe, 0xe000, item.length), item]);
  return Buffer.concat([uid(0x1195, transaction), head(0x0008, 0x1199, items.length), items]);
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
