import cliProgress from 'cli-progress';
import { asAgentError, type AgentError, type FaultCode } from '#domain/errors';
import { exitCodes, type CommandDefinition, type Progress, type Terminal } from './command.ts';

/** Runs a command: its document on stdout with --json, its sentence on stderr when it fails; returns the exit code. */
export async function run(command: CommandDefinition, given: readonly unknown[]): Promise<number> {
  const options = given.at(-2) as Record<string, unknown>;
  const args = given.slice(0, -2) as (string | string[])[];
  const json = options['json'] === true;
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const terminal: Terminal = {
    json,
    stop: interruption.signal,
    say: (line = '') => void (json || process.stdout.write(`${line}\n`)),
    progress: (title, total) => (json || !process.stderr.isTTY ? silent : bar(title, total)),
  };
  try {
    const { document, exitCode = exitCodes.ok, until } = await command.run({ args, options }, terminal);
    if (json) process.stdout.write(`${JSON.stringify(document)}\n`);
    await until?.();
    return exitCode;
  } catch (thrown) {
    return fail(thrown, json);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function fail(thrown: unknown, json: boolean): number {
  const error = asAgentError(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
  process.stderr.write(`apical: ${error.message}\n`);
  if (error.code === 'UNEXPECTED' && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
  return exitCodeOf(error);
}

function exitCodeOf({ code }: AgentError): number {
  const known: Partial<Record<FaultCode, number>> = {
    CONFIGURATION_INVALID: exitCodes.configuration,
    REQUEST_INVALID: exitCodes.usage,
    NOT_FOUND: exitCodes.noInput,
    OBJECT_UNREADABLE: exitCodes.dataError,
    DESTINATION_UNREACHABLE: exitCodes.unavailable,
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
