import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { AgentError } from '#domain/errors';
import { writeParts } from '#dicomweb/multipart';
import { readText } from './answer.ts';
import type { Send } from './service.ts';
import { readStoreOutcome, type StoreOutcome } from './store-outcome.ts';

export interface StoredFile {
  readonly path: string;
  readonly sopInstance: string;
}

/** Stores one Part 10 file as it is (STOW-RS, PS3.18 section 10.5), streamed from disk. Throws where nobody answers. */
export async function storeFile(send: Send, file: StoredFile, signal: AbortSignal): Promise<StoreOutcome> {
  await access(file.path).catch((cause: unknown) => {
    throw new AgentError('FILE_MISSING', file.sopInstance, { cause });
  });
  const boundary = randomUUID();
  // Without its transfer syntax, which the file says itself: Orthanc passes over parts of any other type.
  const headers = { 'Content-Type': 'application/dicom' };
  const answer = await send({
    method: 'POST',
    path: '/studies',
    headers: {
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body: writeParts([{ headers, body: createReadStream(file.path) }], boundary),
    signal,
  });
  return readStoreOutcome(answer.status, await readText(answer.body), file.sopInstance);
}
