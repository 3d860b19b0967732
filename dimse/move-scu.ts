import type { ListedInstance } from '#src/ports/archives';
import type { AssociationOptions } from './association-requestor.ts';
import { moveRequest } from './command-set.ts';
import { instanceKeys } from './instance-keys.ts';
import { operate, requireSuccess } from './operation.ts';
import { studyRoot } from './sop-classes.ts';

/** Has an archive send one instance to our own listener (C-MOVE, PS3.4 section C.4.2), on an association of the archive's. */
export async function move(archive: Omit<AssociationOptions, 'contexts'>, instance: ListedInstance): Promise<void> {
  const operation = {
    ...archive,
    sopClass: studyRoot.move,
    command: (messageId: number) => moveRequest(messageId, studyRoot.move.uid, archive.callingAeTitle),
    keys: instanceKeys(instance),
    response: 'moveResponse',
  } as const;
  const last = await operate(operation, {});
  archive.signal.throwIfAborted();
  requireSuccess(last, archive);
}
