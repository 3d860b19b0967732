import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { catalogue } from './catalogue.ts';
import { exitCodes, groups, placeOf } from './command.ts';
import { run } from './run.ts';

// The command line. One file a command in `commands/`; each prints for people, or with --json one document on stdout.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Whoever stops reading, as head does, has read enough: that is no fault of the command, whose work goes on.
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code !== 'EPIPE') throw fault;
});

const program = new Command('apical')
  .description('Echo AI agent for a PACS. For research use only, not a medical device.')
  .version(version)
  .showHelpAfterError()
  .exitOverride()
  .configureHelp({ sortSubcommands: false });

for (const command of await catalogue(process.argv.slice(2))) {
  const { group, usage } = placeOf(command.usage);
  const sub = (group === undefined ? program : groupOf(group)).command(usage).description(command.summary);
  for (const [flags, text, fallback] of command.options ?? []) sub.option(flags, text, fallback);
  sub.option(
    '--config <file>',
    'configuration file (default: that of APICAL_CONFIG, else apical.yaml, where there is one)',
  );
  sub.option('--json', 'print one JSON document on stdout; logs stay on stderr');
  sub.action(async (...given: unknown[]) => {
    process.exitCode = await run(command, given);
  });
}

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.exitCode !== 0 && process.argv.includes('--json')) {
    const message = thrown.message.replace(/^error: /, '');
    process.stdout.write(`${JSON.stringify({ error: { code: 'REQUEST_INVALID', message } })}\n`);
  }
  process.exitCode = thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage; // it has said why
}

function groupOf(name: keyof typeof groups): Command {
  const made = program.commands.find((command) => command.name() === name);
  return made ?? program.command(name).description(groups[name]).showHelpAfterError();
}
