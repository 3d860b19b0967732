import type { Configuration } from '#config/schema';
import { createPoller, type PollerDoors } from '#dicomweb/poller';
import { schedulePoller, type PollSchedule } from '#dicomweb/schedule';
import { credentialsOf } from './credentials.ts';
import { openEach } from './live-list.ts';
import type { Live } from './live.ts';

/** Looks through the archives that the configuration names now, each on its schedule. */
export function openPollers(live: Live<Configuration>, doors: Omit<PollerDoors, 'archive'>) {
  return openEach(
    live,
    ({ archives }) => archives,
    ({ auth, schedule, ...archive }) => {
      const poller = createPoller({ ...doors, archive: { ...archive, authorization: credentialsOf(auth) } });
      const at: { schedule?: PollSchedule } = {};
      return {
        thing: poller,
        begin: () => void (at.schedule = schedulePoller(poller, schedule, doors.publish)),
        close: () => at.schedule?.stop(),
      };
    },
  );
}
