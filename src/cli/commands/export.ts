import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '#src/clock';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';
import { openArchive } from '#cli/archive';
import { openAuditSpool } from '#audit/spool';
import type { Configuration } from '#config/schema';

/** Copies a study out of the archive: what came, and what was made of it. */
export default defineCommand({
  usage: 'export <study>',
  summary: "copy a study's sources and results out as DICOM files",
  options: [['--to <folder>', 'where to (required); created when missing'], dataOption],
  async run({ args: [study], options }, terminal) {
    const { to } = options as { to?: string };
    if (to === undefined) throw new AgentError('REQUEST_INVALID', 'Say where to, as in --to FOLDER.');
    const configuration = configurationOf(options);
    const archive = await openArchive(configuration, systemClock);
    try {
      const row = await archive.study(String(study));
      const instances = [
        ...(await archive.ledger.instances(row.study, 'source')),
        ...(await archive.ledger.instances(row.study, 'result')),
      ];
      const bar = terminal.progress('copying', instances.length);
      const objects: { role: Instance['role']; sopInstanceUid: string; file: string }[] = [];
      for (const instance of instances) {
        const folder = join(to, instance.role === 'source' ? 'sources' : 'results');
        await mkdir(folder, { recursive: true });
        const file = join(folder, `${instance.facts.modality}-${instance.facts.sopInstance}.dcm`);
        await copyFile(archive.path(instance), file);
        objects.push({ role: instance.role, sopInstanceUid: instance.facts.sopInstance, file });
        bar.update(objects.length);
      }
      bar.end();
      noteExport(configuration, row.study, to);
      terminal.say(`${objects.length} objects of study ${row.study} are in ${to}`);
      return { document: { study: row.study, objects } };
    } finally {
      archive.close();
    }
  },
});

/** The agent tells the audit log of it, now or when it runs again. */
function noteExport({ audit, dataFolder }: Configuration, study: string, folder: string): void {
  if (!audit) return;
  const spool = openAuditSpool(dataFolder, audit.recordsMax);
  spool.put(systemClock.now(), { kind: 'exported', study, folder: resolve(folder) });
  spool.close();
}
