import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '#src/clock';
import { AgentError } from '#domain/errors';
import { createLive } from '#src/live';
import { openParts } from '#src/parts';
import { assessStudy } from '#pipeline/assess';
import { composeDocuments } from '#pipeline/compose';
import { defineCommand, exitCodes } from '#cli/command';
import { configurationOf, dataOption, promptsOption } from '#cli/configuration';
import { openArchive } from '#cli/archive';

/** Assesses a study again from its files and compares every result, byte for byte, with what the archive holds. */
export default defineCommand({
  usage: 'replay <study>',
  summary: 'assess a study again and compare the results with the archive, byte for byte',
  options: [dataOption, promptsOption],
  async run({ args: [given], options }, terminal) {
    const configuration = configurationOf(options);
    const archive = await openArchive(configuration, systemClock);
    const { study } = await archive.study(String(given)).finally(() => archive.close());
    const parts = await openParts(createLive(configuration), {
      clock: systemClock,
      publish: () => undefined,
      ownsFolder: false,
    });
    try {
      const { ledger, files, findings } = parts.agent;
      const held = await ledger.assessment(study);
      if (held?.stage !== 'settled') throw new AgentError('NOT_FOUND', `Study ${study} was not assessed yet.`);
      terminal.say(
        `Study ${study}, revision ${held.revision}, model ${held.model.id} ${held.model.digest.slice(0, 12)}`,
      );
      if (held.model.digest !== findings.identity.digest)
        throw new AgentError('MODEL_UNFIT', `It was assessed by another model: ${held.model.id} ${held.model.digest}.`);
      const afresh = { ...parts.agent, ledger: { ...ledger, looks: async () => [] } };
      const { assessment: again } = await assessStudy({ study, revision: held.revision }, afresh, terminal.stop);
      const sameFindings = isDeepStrictEqual(JSON.parse(JSON.stringify(again.findings)), held.findings);
      const replaying = {
        ...parts.agent,
        ledger: { ...ledger, assessment: async () => ({ ...again, settledAt: held.settledAt }) },
      };
      const documents = await composeDocuments({ study, revision: held.revision }, replaying);
      const results = await Promise.all(
        documents.map(async ({ document, bytes }) => {
          const instance = await ledger.instance(document.sopInstance);
          const identical = instance !== undefined && (await readFile(files.path(instance))).equals(bytes);
          return { kind: document.kind, title: document.title, sopInstanceUid: document.sopInstance, identical };
        }),
      );
      for (const { kind, title, identical } of results)
        terminal.say(`  ${kind.padEnd(7)} ${title}: ${identical ? 'identical' : 'DIFFERS'}`);
      const identical = sameFindings && results.every((result) => result.identical);
      terminal.say(identical ? 'Everything came out the same.' : 'Something came out differently.');
      return {
        document: { study, identical, sameFindings, results },
        exitCode: identical ? exitCodes.ok : exitCodes.failed,
      };
    } finally {
      await parts.close();
    }
  },
});
