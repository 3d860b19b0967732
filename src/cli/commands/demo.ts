import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#src/clock';
import { demonstrate, type DemonstrationStep } from '#src/demonstration';
import { startAgent, type RunningAgent } from '#src/main';
import { AgentError } from '#domain/errors';
import type { StudyUid } from '#domain/uid';
import { defineCommand, type Progress, type Terminal } from '#cli/command';
import { configurationOf, promptsOption } from '#cli/configuration';
import { wholeNumber } from '#cli/options';
import { describeStudy } from '#cli/study-description';

/** Shows the whole agent at work on a study of a phantom. */
export default defineCommand({
  usage: 'demo',
  summary: 'start on free ports, send a phantom study to itself, show the results',
  options: [
    ['--keep', 'leave the agent running afterwards'],
    ['--data <folder>', 'data folder, instead of a temporary one'],
    promptsOption,
    ['--seed <number>', 'which heart', '1'],
    ['--timeout <seconds>', 'longest time to wait for the results', '300'],
  ],
  async run({ options }, terminal) {
    const seed = wholeNumber(options, 'seed');
    const data = (options['data'] as string | undefined) ?? (await mkdtemp(join(tmpdir(), 'apical-demo-')));
    const configuration = configurationOf({ ...options, data }, overrides);
    const agent = await startAgent(configuration, { clock: systemClock });
    try {
      terminal.say(`Apical listens as ${agent.dimse.aeTitle}@${agent.dimse.host}:${agent.dimse.port}`);
      const { study, sent } = await demonstrate({
        seed,
        to: agent.dimse,
        signal: terminal.stop,
        onStep: showSteps(terminal),
      });
      terminal.say(`${sent} objects of study ${study} were sent by C-STORE and kept`);
      await untilWritten(agent, study as StudyUid, { terminal, timeoutMs: wholeNumber(options, 'timeout') * 1000 });
      const { ledger, files } = agent.parts.agent;
      const description = await describeStudy(study as StudyUid, { ledger, files });
      for (const line of description.lines) terminal.say(line);
      const page = agent.http.url;
      terminal.say(
        options['keep'] === true
          ? `Look at ${page} (Ctrl-C ends it)`
          : `To look at it: npx apical start --data ${data}`,
      );
      const document = { ...description.document, page, dataFolder: data };
      return { document, until: () => end(agent, options['keep'] === true, terminal.stop) };
    } catch (thrown) {
      await agent.stop();
      throw thrown;
    }
  },
});

/** Free ports, and no waiting for late clips: the whole study is known to have come. Nothing leaves the machine. */
const overrides = {
  'dimse.port': 0,
  'http.port': 0,
  'assessment.quietPeriodMs': 1000,
  archives: [],
  destinations: [],
};

async function end(agent: RunningAgent, keep: boolean, stop: AbortSignal): Promise<void> {
  if (keep && !stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  await agent.stop();
}

function showSteps(terminal: Terminal): (step: DemonstrationStep) => void {
  let bar: { step: DemonstrationStep['step']; progress: Progress } | undefined;
  return ({ step, done, total }) => {
    if (bar?.step !== step)
      bar = { step, progress: terminal.progress(step === 'make' ? 'making a study' : 'sending it', total) };
    bar.progress.update(done);
    if (done === total) bar.progress.end();
  };
}

async function untilWritten(
  { parts: { agent } }: RunningAgent,
  study: StudyUid,
  { terminal, timeoutMs }: { terminal: Terminal; timeoutMs: number },
): Promise<void> {
  const { clock, ledger } = agent;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const state = (await ledger.study(study))?.state;
    if (state?.kind === 'assessed') return;
    if (state?.kind === 'set-aside') throw new AgentError('UNEXPECTED', `The study was set aside: ${state.fault}.`);
    terminal.stop.throwIfAborted();
    if (clock.now() > deadline) throw new AgentError('TOO_BUSY', 'There are no results yet; give it more --timeout.');
    await clock.sleep(100, terminal.stop);
  }
}
