import type { Assessment } from '#domain/assessment';
import { deriveUid, type Uid } from '#domain/uid';

export interface DocumentUids {
  readonly sopInstance: Uid;
  readonly series: Uid;
}

/** UIDs of a document as a function of everything that decides its bytes: made again it is the same object, changed it is another. */
export function documentUids(
  { study, revision, sourceDigest, model, viewModel }: Assessment,
  ...particulars: readonly string[]
): DocumentUids {
  const facts = [study, String(revision), sourceDigest, model.digest, viewModel.digest, ...particulars];
  return { sopInstance: deriveUid('document', ...facts), series: deriveUid('document-series', ...facts) };
}
