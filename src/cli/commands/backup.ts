import { AgentError } from '#domain/errors';
import { backUp } from '#src/backup';
import { defineCommand, exitCodes } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';

/** Copies the archive to where it can be restored from. */
export default defineCommand({
  usage: 'backup',
  summary: 'copy the archive, or what is new in it, to another folder; the agent may run',
  options: [
    [
      '--to <folder>',
      'where to (required); a data folder that doctor --repair and start take as it is, imported models aside',
    ],
    dataOption,
  ],
  async run({ options }, terminal) {
    const { to } = options as { to?: string };
    if (to === undefined) throw new AgentError('REQUEST_INVALID', 'Say where to, as in --to FOLDER.');
    const report = await backUp(configurationOf(options), to);
    const { objects, copied, bytes, missing, damaged } = report;
    const lost = [...missing.map((uid) => `${uid} has no file`), ...damaged.map((uid) => `${uid} has another file`)];
    terminal.say(`${objects} objects are in ${to}, ${copied} of them new (${Math.round(bytes / 2 ** 20)} MB)`);
    for (const line of lost) terminal.say(line);
    return { document: { to, ...report }, exitCode: lost.length === 0 ? exitCodes.ok : exitCodes.failed };
  },
});
