import { loadConfiguration } from '#config/load';
import { AgentError } from '#domain/errors';
import type { StudyRow } from '#domain/study';
import type { Triage } from '#domain/triage';
import { loadQuestions } from '#models/echoclip/questions';
import { triageByFindings } from '#pipeline/triage';
import { openArchive, type Archive } from '#cli/archive';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';
import { systemClock } from '#src/clock';
import { checkRules, ruleTableOf } from '#src/rule-table';
import type { RuleTable } from '#pipeline/agent';

const pageSize = 200;

/** Holds a table of rules against what the archive's studies were found to be, and shows what it would have changed. */
export default defineCommand({
  usage: 'rules test',
  summary: 'hold a table of rules against past studies and show what it would have changed',
  options: [
    ['--rules <file>', 'a configuration file whose triage is tried, instead of the one that holds'],
    dataOption,
    ['--all', 'list studies too whose urgency would stay as it was'],
  ],
  async run({ options }, terminal) {
    const { rules: file, all } = options as { rules?: string; all?: boolean };
    const configuration = configurationOf(options);
    const tried = file === undefined ? configuration : loadConfiguration({ file });
    checkRules(tried, await loadQuestions(configuration.models));
    const table = ruleTableOf(tried);
    const archive = await openArchive(configuration, systemClock);
    try {
      const outcomes: Outcome[] = [];
      const asked = new Set<string>();
      for await (const row of studiesOf(archive)) {
        terminal.stop.throwIfAborted();
        const outcome = await tryOn(row, { table, archive, asked });
        if (outcome) outcomes.push(outcome);
      }
      const moved = outcomes.filter(({ before, after }) => before !== after);
      const changed = outcomes.filter(
        ({ gained, lost, ...one }) => one.before !== one.after || gained.length + lost.length > 0,
      );
      const met = countOf(outcomes.flatMap(({ rules }) => rules));
      const unasked = table.lines.flatMap(({ name, finding }) =>
        finding === undefined || asked.has(finding) ? [] : [name],
      );
      for (const line of linesOf(all === true ? outcomes : changed)) terminal.say(line);
      const others = changed.length - moved.length;
      terminal.say(
        `${outcomes.length} assessed studies: ${moved.length} would be placed differently, ${others} only for other reasons.`,
      );
      for (const { name, notify } of table.lines)
        terminal.say(
          `  ${name}: met by ${met[name] ?? 0}${toldWords(notify)}${unasked.includes(name) ? ', asks for a finding that none of them was asked about' : ''}`,
        );
      return { document: { studies: outcomes.length, changed: changed.length, met, unasked, outcomes } };
    } finally {
      archive.close();
    }
  },
});

interface Outcome {
  readonly study: string;
  readonly before: Triage['priority'] | 'none';
  readonly after: Triage['priority'];
  /** Those that it meets under the table. */
  readonly rules: readonly string[];
  /** Met now and not before, and the other way round. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** Destinations that would be told by rule. */
  readonly told: readonly string[];
}

interface Trying {
  readonly table: RuleTable;
  readonly archive: Archive;
  /** Findings that studies were asked about. */
  readonly asked: Set<string>;
}

async function* studiesOf({ ledger }: Archive): AsyncGenerator<StudyRow> {
  for (let offset = 0; ; offset += pageSize) {
    const page = await ledger.studies({ limit: pageSize, offset });
    yield* page;
    if (page.length < pageSize) return;
  }
}

/** A study's newest settled assessment under the table, as if nothing had been said of it before. */
async function tryOn(row: StudyRow, { table, archive: { ledger }, asked }: Trying): Promise<Outcome | undefined> {
  const assessment = await ledger.assessment(row.study);
  if (assessment?.stage !== 'settled') return undefined;
  for (const { id } of assessment.definitions) asked.add(id);
  const sources = await ledger.instances(row.study, 'source');
  if (sources.length === 0) throw new AgentError('NOT_FOUND', `Study ${row.study} has no instances.`);
  const { triage, ...unsaid } = row;
  const after = await triageByFindings(
    assessment,
    { row: unsaid, sources },
    { clock: systemClock, rules: () => table, ledger },
  );
  const rules = after.reasons.map(({ rule }) => rule);
  const was = (triage?.reasons ?? []).filter(({ standing }) => standing !== 'withdrawn').map(({ rule }) => rule);
  return {
    study: row.study,
    before: triage?.priority ?? 'none',
    after: after.priority,
    rules,
    gained: rules.filter((rule) => !was.includes(rule)),
    lost: was.filter((rule) => !rules.includes(rule)),
    told: [...new Set(after.reasons.flatMap(({ notify }) => notify))],
  };
}

function countOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function linesOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.map(({ study, before, after, rules, gained, lost, told }) => {
    const kept = rules.filter((rule) => !gained.includes(rule));
    const signed = [...kept, ...gained.map((rule) => `+${rule}`), ...lost.map((rule) => `-${rule}`)];
    return `${before.padEnd(6)} -> ${after.padEnd(6)}  ${study}  ${signed.join(', ') || 'meets no rule'}${toldWords(told)}`;
  });
}

function toldWords(destinations: readonly string[]): string {
  return destinations.length > 0 ? `, tells ${destinations.join(', ')}` : '';
}
