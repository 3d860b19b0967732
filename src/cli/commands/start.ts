import { configurationFile } from '#config/load';
import { isLoopback } from '#src/login-of';
import { startAgent } from '#src/main';
import { systemClock } from '#src/clock';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption, promptsOption } from '#cli/configuration';

/** Starts the agent and runs until it is told to stop. */
export default defineCommand({
  usage: 'start',
  summary: 'start the agent and run until interrupted',
  options: [dataOption, promptsOption],
  async run({ options }, terminal) {
    const file = configurationFile(options['config'] as string | undefined);
    const { stop } = terminal; // what comes while it starts, too
    const source = { file, load: () => configurationOf({ ...options, ...(file !== undefined && { config: file }) }) };
    const configuration = source.load();
    const agent = await startAgent(configuration, { clock: systemClock, source });
    // A terminal that is closed sends the same signal, and means the end.
    if (!process.stdin.isTTY) process.on('SIGHUP', agent.reload);
    const { dimse, http } = agent;
    // What the start left, such as a model on its way to its folder, is 40 MB; the memory pages that held it, 30 MB.
    globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
    terminal.say(`Apical is ready: send studies to ${dimse.aeTitle}@${dimse.host}:${dimse.port}, watch at ${http.url}`);
    if (isLoopback(configuration.dimse.host) && isLoopback(configuration.http.host)) {
      terminal.say('Only this machine can reach it, until dimse.host, http.host and http.auth are set.');
    }
    if (configuration.http.auth.kind === 'open') terminal.say('Anybody who reaches the page may read and store.');
    terminal.say('For research use only, not a medical device.');
    return {
      document: { dimse, page: http.url, dataFolder: configuration.dataFolder },
      async until() {
        await interrupted(stop);
        await agent.stop();
      },
    };
  },
});

function interrupted(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
