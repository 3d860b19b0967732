import type { DatabaseSync } from 'node:sqlite';
import type { Configuration } from '#config/schema';
import { createEventChannels, type EventChannels } from '#dicomweb/ups/event-channels';
import { createOwnWorklist, ownWorklistName } from '#dicomweb/ups/own-worklist';
import { createRemoteWorklist } from '#dicomweb/ups/remote-worklist';
import { createStepList, type StepList } from '#dicomweb/ups/step-list';
import { AgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { rankOf } from '#domain/job-rank';
import { createWorkitemStore } from '#store/workitems';
import { openCertificates } from './certificates.ts';
import { credentialsOf } from './credentials.ts';
import { openEach } from './live-list.ts';
import type { Live } from './live.ts';
import type { Clock } from './ports.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Worklist } from './ports/worklist.ts';

/** Our own worklist, and those of other managers. */
export interface Worklists {
  current(): readonly Worklist[];
  /** Ours, to be served. */
  readonly list: StepList;
  readonly channels: EventChannels;
  /** Says where our archive is reached, once it listens. */
  servedAt(url: string): void;
  close(): Promise<void>;
}

interface Doors {
  readonly database: DatabaseSync;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly publish: Publish;
}

const dayMs = 86_400_000;

/** Opens the worklists as the configuration says now. */
export function openWorklists(live: Live<Configuration>, { database, ledger, clock, publish }: Doors): Worklists {
  const channels = createEventChannels({ channelsMax: live.current().http.channelsMax });
  const keepMs = () => live.current().worklist.keepDays * dayMs;
  const station = live.current().dimse.aeTitle;
  const list = createStepList({
    station,
    store: createWorkitemStore(database),
    channels,
    clock,
    keepMs,
    retell: (study) => {
      const priority = rankOf('worklist', undefined, live.current().triage.usual);
      const tell = (worklist: string) =>
        ({ job: { kind: 'worklist', study, worklist }, runAt: clock.now(), priority }) as const;
      return ledger.enqueue(current().map(({ name }) => tell(name)));
    },
  });
  const served = { at: 'http://localhost/dicom-web' };
  const performer = (worklistLabel: string) => {
    const { archiveUrl = served.at } = live.current().worklist;
    return { station, worklistLabel, archiveUrl: archiveUrl.replace(/\/+$/, '') };
  };
  const shared = { clock, ledger, usual: () => live.current().triage.usual };
  const own = createOwnWorklist({ ...shared, list, performer: () => performer(live.current().worklist.label) });
  const others = openEach(
    live,
    ({ worklists }) => worklists,
    ({ auth, tls, label, ...settings }) => {
      const { name } = settings;
      if (name === ownWorklistName)
        throw new AgentError('CONFIGURATION_INVALID', `worklists: ${name} is the name of our own; give it another.`);
      const certificates = tls && openCertificates(`worklist ${name}`, tls, { publish });
      const service = { ...settings, authorization: credentialsOf(auth), certificates };
      const thing = createRemoteWorklist({ ...shared, settings: service, performer: () => performer(label) });
      return { thing, close: () => certificates?.close() };
    },
  );
  const current = () => [own, ...others.current()];
  return {
    list,
    channels,
    current,
    servedAt: (url) => void (served.at = `${url.replace(/\/+$/, '')}/dicom-web`),
    async close() {
      channels.close();
      await others.close();
    },
  };
}
