import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditSpool } from '#audit/spool';
import { patientOf } from '#audit/tell';
import { AgentError } from '#domain/errors';
import { systemClock } from '#src/clock';
import { keep, type KeepingDoors } from '#src/keeping';
import { createPurge, finishPurges } from '#store/purge';
import { dataFolders } from '#store/files';
import { createLedger } from '#store/ledger';
import { lockDataFolder, openDatabase } from '#store/open';
import type { Configuration } from '#config/schema';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';

/** Lets the studies go that are due, as the agent does on schedule. */
export default defineCommand({
  usage: 'keep',
  summary: 'take out of the archive what is due by the settings of keeping (the agent is stopped)',
  options: [['--dry-run', 'only say what would go and what has to stay; the agent may run'], dataOption],
  async run({ options }, terminal) {
    const configuration = configurationOf(options);
    const dry = options['dryRun'] === true;
    const { dataFolder, keeping } = configuration;
    const { archive } = dataFolders(dataFolder);
    if (!existsSync(join(archive, 'ledger.sqlite')))
      throw new AgentError('NOT_FOUND', `${dataFolder} holds no archive.`);
    const lock = dry ? undefined : lockDataFolder(dataFolder);
    const database = openDatabase(archive, { readOnly: dry });
    try {
      if (!dry) finishPurges(database, archive);
      const ledger = createLedger(database, systemClock, { ownsFolder: !dry });
      const purge = createPurge(database, archive);
      const doors = { purge, clock: systemClock, publish: () => undefined, leaving: leavingOf(configuration, ledger) };
      const report = await keep(keeping, doors, { dry });
      const { gone, held, bytesBefore, bytesAfter } = report;
      for (const { study, bytes } of gone) terminal.say(`${study}  ${megabytes(bytes)}`);
      const stay = Object.entries(held).map(([reason, count]) => `${count} ${reasons[reason as keyof typeof reasons]}`);
      terminal.say(
        `${gone.length} studies ${dry ? 'would go' : 'went'}: ${megabytes(bytesBefore)} become ${megabytes(bytesAfter)}`,
      );
      if (stay.length > 0) terminal.say(`due, and stay: ${stay.join(', ')}`);
      return { document: { dryRun: dry, ...report } };
    } finally {
      database.close();
      lock?.release();
    }
  },
});

const reasons = {
  unfinished: 'are not finished',
  unproven: 'have results whose delivery nothing proves',
  pushed: 'were sent to us, and may be nowhere else',
  damaged: 'have no files',
} as const;

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

/** The agent tells the audit log of it when it runs again. */
function leavingOf(
  { audit, dataFolder }: Configuration,
  ledger: ReturnType<typeof createLedger>,
): NonNullable<KeepingDoors['leaving']> {
  return async (study) => {
    const [source] = await ledger.instances(study, 'source');
    return () => {
      if (!audit || !source) return;
      const spool = openAuditSpool(dataFolder, audit.recordsMax);
      spool.put(systemClock.now(), { kind: 'deleted', study, patient: patientOf(source) });
      spool.close();
    };
  };
}
