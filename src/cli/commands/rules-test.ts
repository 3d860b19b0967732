import { loadConfiguration } from '#config/load';
import { AgentError } from '#domain/errors';
import type { StudyRow } from '#domain/study';
import type { Triage } from '#domain/triage';
import { triageByFindings } from '#pipeline/triage';
import { openArchive, type Archive } from '#cli/archive';
import { defineCommand } from '#cli/command';
import { configurationOf } from '#cli/configuration';
import { systemClock } from '#src/clock';
import { ruleTableOf } from '#src/rule-table';
import type { RuleTable } from '#pipeline/agent';

const pageSize = 200;

/** Holds a table of rules against what the archive's studies were found to be, and shows what it would have changed. */
export default defineCommand({
  usage: 'rules test',
  summary: 'hold a table of rules against past studies and show what it would have changed',
  options: [
    ['--rules <file>', 'a configuration file whose triage is tried, instead of the one that holds'],
    ['--data <folder>', 'data folder, instead of the configured one'],
    ['--all', 'list studies too whose urgency would stay as it was'],
  ],
  async run({ options }, terminal) {
    const { rules: file, all } = options as { rules?: string; all?: boolean };
    const configuration = configurationOf(options);
    const table = ruleTableOf(file === undefined ? configuration : loadConfiguration({ file }));
    const archive = await openArchive(configuration, systemClock);
    try {
      const outcomes: Outcome[] = [];
      for await (const row of studiesOf(archive)) {
        terminal.stop.throwIfAborted();
        const outcome = await tryOn(row, table, archive);
        if (outcome) outcomes.push(outcome);
      }
      const changed = outcomes.filter(({ before, after }) => before !== after);
      const met = countOf(outcomes.flatMap(({ rules }) => rules));
      for (const line of tableOf(all === true ? outcomes : changed)) terminal.say(line);
      terminal.say(`${outcomes.length} assessed studies, ${changed.length} would be placed differently.`);
      for (const { name } of table.lines) terminal.say(`  ${name}: met by ${met[name] ?? 0}`);
      return { document: { studies: outcomes.length, changed: changed.length, met, outcomes } };
    } finally {
      archive.close();
    }
  },
});

interface Outcome {
  readonly study: string;
  readonly before: Triage['priority'] | 'none';
  readonly after: Triage['priority'];
  readonly rules: readonly string[];
}

async function* studiesOf({ ledger }: Archive): AsyncGenerator<StudyRow> {
  for (let offset = 0; ; offset += pageSize) {
    const page = await ledger.studies({ limit: pageSize, offset });
    yield* page;
    if (page.length < pageSize) return;
  }
}

/** A study's newest settled assessment under the table, as if nothing had been said of it before. */
async function tryOn(row: StudyRow, table: RuleTable, { ledger }: Archive): Promise<Outcome | undefined> {
  const assessment = await ledger.assessment(row.study);
  if (assessment?.stage !== 'settled') return undefined;
  const sources = await ledger.instances(row.study, 'source');
  if (sources.length === 0) throw new AgentError('NOT_FOUND', `Study ${row.study} has no instances.`);
  const { triage, ...unsaid } = row;
  const after = await triageByFindings(
    assessment,
    { row: unsaid, sources },
    { clock: systemClock, rules: () => table, ledger },
  );
  const rules = after.reasons.map(({ rule }) => rule);
  return { study: row.study, before: triage?.priority ?? 'none', after: after.priority, rules };
}

function countOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function tableOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.map(
    ({ study, before, after, rules }) =>
      `${before.padEnd(6)} -> ${after.padEnd(6)}  ${study}  ${rules.join(', ') || 'meets no rule'}`,
  );
}
