import cliProgress from 'cli-progress';
import type { AgentError, FaultCode } from '#domain/errors';
import { exitCodes, type CommandDefinition, type Progress, type Terminal } from './command.ts';
import { asToldFault } from './told-fault.ts';
import { interruption, type Interruption } from './interruption.ts';

/** Runs a command: its document on stdout with --json, its sentence on stderr when it fails; returns the exit code. */
export async function run(command: CommandDefinition, given: readonly unknown[]): Promise<number> {
  const options = given.at(-2) as Record<string, unknown>;
  const args = given.slice(0, -2) as (string | string[])[];
  const json = options['json'] === true;
  const interrupted = interruption();
  const terminal: Terminal = {
    json,
    get stop() {
      return interrupted.listen();
    },
    say: (line = '') => void (json || process.stdout.write(`${line}\n`)),
    progress: (title, total) => (json || !process.stderr.isTTY ? silent : bar(title, total)),
  };
  let print = json; // one document, also where what goes on after it fails
  try {
    const { document, exitCode = exitCodes.ok, until } = await command.run({ args, options }, terminal);
    if (print) process.stdout.write(`${JSON.stringify(document)}\n`);
    print = false;
    await until?.();
    return exitCode;
  } catch (thrown) {
    return fail(thrown, print, interrupted);
  } finally {
    interrupted.end();
  }
}

function fail(thrown: unknown, print: boolean, { happened }: Interruption): number {
  const error = asToldFault(thrown);
  const cut = happened() && [thrown, error.cause].some((one) => one instanceof Error && one.name === 'AbortError');
  const told = cut ? { code: 'INTERRUPTED', message: 'Interrupted; not all is done.' } : error;
  if (print) process.stdout.write(`${JSON.stringify({ error: { code: told.code, message: told.message } })}\n`);
  process.stderr.write(`apical: ${told.message}\n`);
  if (told.code === 'UNEXPECTED' && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
  return cut ? exitCodes.failed : exitCodeOf(error);
}

function exitCodeOf({ code }: AgentError): number {
  const known: Partial<Record<FaultCode, number>> = {
    CONFIGURATION_INVALID: exitCodes.configuration,
    REQUEST_INVALID: exitCodes.usage,
    NOT_FOUND: exitCodes.noInput,
    FILE_MISSING: exitCodes.noInput,
    OBJECT_UNREADABLE: exitCodes.dataError,
    PIXELS_UNDECODABLE: exitCodes.dataError,
    TRANSFER_SYNTAX_UNSUPPORTED: exitCodes.dataError,
    DESTINATION_UNREACHABLE: exitCodes.unavailable,
    ARCHIVE_UNREACHABLE: exitCodes.unavailable,
    MODEL_UNAVAILABLE: exitCodes.unavailable,
    MODEL_UNFIT: exitCodes.dataError,
  };
  return known[code] ?? exitCodes.failed;
}

const silent: Progress = { update: () => undefined, end: () => undefined };

function bar(title: string, total: number): Progress {
  const format = `${title} {bar} {percentage}% {eta_formatted} left`;
  const shown = new cliProgress.SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  shown.start(total, 0);
  return { update: (done) => shown.update(done), end: () => shown.stop() };
}
