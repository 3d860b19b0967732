const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk quota is used up',
  EFBIG: 'A file would become larger than is allowed here',
};

/** Why a write found no room, as the beginning of a sentence; undefined where it failed for another reason. */
export function noRoomFor(thrown: unknown): string | undefined {
  return reasons[String((thrown as { readonly code?: unknown } | undefined)?.code)];
}
