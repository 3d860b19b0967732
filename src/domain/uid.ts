import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A DICOM unique identifier: up to 64 characters, digits and dots (PS3.5 section 9.1). */
export type Uid = Branded<'Uid'>;
export type StudyUid = Uid & Branded<'StudyUid'>;

/** Reads a UID as it is found in the wild, padded with NUL or blanks; undefined if it is none. Leading zeros are tolerated (they are seen). */
export function parseUid(text: string): Uid | undefined {
  const trimmed = text.replace(/[\0 ]+$/, '').trim();
  return trimmed.length <= 64 && /^\d+(\.\d+)+$/.test(trimmed) ? (trimmed as Uid) : undefined;
}

/** A UID that is a function of the facts given: the same facts, the same UID, on any machine (PS3.5 annex B.2, UUID-derived). */
export function deriveUid(...facts: readonly string[]): Uid {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`${Buffer.byteLength(fact)}:${fact}`);
  const uuid = hash.digest().subarray(0, 16);
  uuid[6] = (uuid[6]! & 0x0f) | 0x80; // RFC 9562 version 8: from a hash of our choice
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}` as Uid;
}
