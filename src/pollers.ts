import type { Configuration } from '#config/schema';
import { createPoller, type PollerDoors } from '#pipeline/polling/poller';
import { schedulePoller, type PollSchedule } from '#pipeline/polling/schedule';
import { openEach } from './live-list.ts';
import type { Live } from './live.ts';
import { watchedArchiveOf } from './watched-archive-of.ts';

/** Looks through the archives that the configuration names now, each on its schedule. */
export function openPollers(live: Live<Configuration>, doors: Omit<PollerDoors, 'archive'>) {
  const { aeTitle } = live.current().dimse;
  return openEach(
    live,
    ({ archives }) => archives,
    (settings) => {
      const { archive, close } = watchedArchiveOf(settings, { ...doors, aeTitle });
      const poller = createPoller({ ...doors, archive });
      const at: { schedule?: PollSchedule } = {};
      return {
        thing: poller,
        begin: () => void (at.schedule = schedulePoller(poller, settings.schedule, doors.publish)),
        async close() {
          close();
          await at.schedule?.stop();
        },
      };
    },
  );
}
