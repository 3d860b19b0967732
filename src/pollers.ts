import type { Configuration } from '#config/schema';
import { createWebArchive } from '#dicomweb/watched-archive';
import { createPoller, type PollerDoors } from '#pipeline/polling/poller';
import { schedulePoller, type PollSchedule } from '#pipeline/polling/schedule';
import { credentialsOf } from './credentials.ts';
import { openEach } from './live-list.ts';
import type { Live } from './live.ts';

/** Looks through the archives that the configuration names now, each on its schedule. */
export function openPollers(live: Live<Configuration>, doors: Omit<PollerDoors, 'archive'>) {
  return openEach(
    live,
    ({ archives }) => archives,
    ({ auth, schedule, ...archive }) => {
      const settings = { ...archive, authorization: credentialsOf(auth) };
      const poller = createPoller({ ...doors, archive: createWebArchive(settings, doors.clock) });
      const at: { schedule?: PollSchedule } = {};
      return {
        thing: poller,
        begin: () => void (at.schedule = schedulePoller(poller, schedule, doors.publish)),
        close: () => at.schedule?.stop(),
      };
    },
  );
}
