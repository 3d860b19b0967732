import { fileMeta } from '#dicom/part10';
import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import { AgentError, asAgentError } from '#domain/errors';
import { parseUid } from '#domain/uid';
import type { ListedInstance } from '#src/ports/archives';
import type { Reception } from '#src/ports';
import type { ProposedContext } from './association-request.ts';
import type { AssociationOptions } from './association-requestor.ts';
import { queryRequest, storeResponse, type CommandSet } from './command-set.ts';
import { instanceKeys } from './instance-keys.ts';
import { operate, requireSuccess, type Storing } from './operation.ts';
import { studyRoot } from './sop-classes.ts';
import { StoreStream } from './store-stream.ts';

// Asked for where the archive does not say of which class an instance is: there are 128 contexts, and a class takes one for
// each transfer syntax, so that the archive sends what it has as it is.
const usualClasses = [
  '1.2.840.10008.5.1.4.1.1.3.1', // Ultrasound Multi-frame Image
  '1.2.840.10008.5.1.4.1.1.6.1', // Ultrasound Image
  '1.2.840.10008.5.1.4.1.1.7', // Secondary Capture Image
  '1.2.840.10008.5.1.4.1.1.6.2', // Enhanced US Volume
] as const;

/** Has an archive send one instance over the same association (C-GET, PS3.4 section C.4.3), through the door of every other C-STORE. */
export async function get(
  archive: Omit<AssociationOptions, 'contexts'>,
  instance: ListedInstance,
  open: () => Promise<Reception>,
): Promise<void> {
  const classes = instance.sopClass === undefined ? usualClasses : [instance.sopClass];
  const operation = {
    ...archive,
    sopClass: studyRoot.get,
    command: (messageId: number) => queryRequest('getRequest', messageId, studyRoot.get.uid),
    keys: instanceKeys(instance),
    response: 'getResponse',
    storage: storageContexts(classes),
    providedByUs: classes,
  } as const;
  const outcome: Wanted['outcome'] = {};
  const last = await operate(operation, {
    stored: (request, transferSyntax) =>
      storing({ request, transferSyntax, sourceAeTitle: archive.to.aeTitle }, { instance, open, outcome }),
  });
  archive.signal.throwIfAborted();
  if (outcome.fault) throw outcome.fault;
  requireSuccess(last, archive);
}

/** Implicit VR last: some archives transcode to whatever stands first. */
function storageContexts(classes: readonly string[]): readonly ProposedContext[] {
  const syntaxes = transferSyntaxes.toSorted((a, b) => Number(a.isImplicit ?? false) - Number(b.isImplicit ?? false));
  return classes
    .flatMap((abstractSyntax) => syntaxes.map(({ uid }) => ({ abstractSyntax, transferSyntaxes: [uid] })))
    .map((context, index) => ({ id: 2 * index + 3, ...context }));
}

interface Coming {
  readonly request: CommandSet;
  readonly transferSyntax: string;
  readonly sourceAeTitle: string;
}

interface Wanted {
  readonly instance: ListedInstance;
  readonly open: () => Promise<Reception>;
  readonly outcome: { fault?: AgentError };
}

/** One object on its way through the door; the response tells the archive what became of it. */
function storing({ request, transferSyntax, sourceAeTitle }: Coming, { instance, open, outcome }: Wanted): Storing {
  const { study, sopInstance } = instance;
  const sopClass = parseUid(request.sopClass ?? '');
  const isWanted = sopClass !== undefined && request.sopInstance === sopInstance;
  const stream = new StoreStream(
    isWanted ? open : () => Promise.reject(new AgentError('OBJECT_MISMATCHED', 'Another instance came.')),
    fileMeta({ sopClass: sopClass ?? '', sopInstance, transferSyntax, sourceAeTitle }),
  );
  return {
    take: (value) => new Promise((resolve) => stream.write(value, () => resolve())),
    async end() {
      try {
        await stream.conclude({ study, sopInstance, ...(sopClass && { sopClass }) });
        return storeResponse(request, 0);
      } catch (thrown) {
        outcome.fault = asAgentError(thrown);
        return storeResponse(request, outcome.fault.fault.dimseStatus);
      }
    },
    abandon: () => stream.abandon(),
  };
}
