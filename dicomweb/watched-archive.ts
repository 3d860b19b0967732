import { asAgentError } from '#domain/errors';
import type { Clock } from '#src/ports';
import type { WatchedArchive } from '#src/ports/archives';
import { createQuery } from '#dicomweb/client/query';
import { createRetrieve } from '#dicomweb/client/retrieve';
import { createSend, type ServiceSettings } from '#dicomweb/client/service';
import { listInstances, listStudies, type Window } from './listing.ts';
import { takeIn } from './take-in.ts';

/** An archive to look through: series of these modalities, in studies of the last days. */
export interface WebArchiveSettings extends ServiceSettings, Window {}

/** An archive that is searched by QIDO-RS, and whose objects come by WADO-RS. */
export function createWebArchive(settings: WebArchiveSettings, clock: Clock): WatchedArchive {
  const { name } = settings;
  const send = createSend(settings, 'ARCHIVE_UNREACHABLE');
  const query = createQuery(name, send, { unreachable: 'ARCHIVE_UNREACHABLE', unusable: 'ARCHIVE_ANSWER_UNUSABLE' });
  const retrieve = createRetrieve(name, send);
  return {
    name,
    studies: (signal) => listStudies(query, settings, { now: clock.now(), signal }),
    instances: (study, signal) => listInstances(query, study, { ...settings, signal }),
    async retrieve(instance, open, signal) {
      const { study, sopInstance } = instance;
      await takeIn(await open(), retrieve(instance, signal), { study, sopInstance });
    },
    async answers(signal) {
      await query.studies({ limit: 1 }, signal).catch((thrown: unknown) => {
        if (asAgentError(thrown).code !== 'ARCHIVE_ANSWER_UNUSABLE') throw thrown;
      });
    },
  };
}
