import { AgentError } from '#domain/errors';
import { systemClock } from '#src/clock';
import { defineCommand, type Result, type Terminal } from '#cli/command';
import { configurationOf, dataOption, promptsOption } from '#cli/configuration';
import { evaluateLabels } from '#cli/evaluation/evaluate-labels';
import { openExaminers } from '#cli/evaluation/open-examiners';
import { lookAtPhantoms } from '#cli/evaluation/phantom-evaluation';
import { reportOn } from '#cli/evaluation/phantom-report';
import { linesOfReport } from '#cli/evaluation/phantom-lines';
import { wholeNumber } from '#cli/options';

type Options = Readonly<Record<string, unknown>>;

/** Measures the models on cases whose truth is known. */
export default defineCommand({
  usage: 'evaluate',
  summary: 'measure the models on labelled clips, or on phantoms that training never saw',
  options: [
    ['--labels <file>', "table (CSV) of files and what is true of them, or EchoNet-Dynamic's FileList.csv"],
    [
      '--out <folder>',
      'report, page, answers and calibration; one that holds answers of an interrupted run goes on from there',
      'evaluation',
    ],
    ['--split <name>', 'of EchoNet-Dynamic, such as TEST'],
    ['--origin <words>', 'whose cases they are, for the calibration; default: the name of the table'],
    ['--from <day>', 'first study date, where the files do not tell, as 2019-01-01'],
    ['--to <day>', 'last study date'],
    ['--phantoms <number>', 'how many phantom hearts'],
    ['--seed <word>', 'which ones', 'unseen'],
    [
      '--pairs <number>',
      'hearts with and without each structure that a PromptCAM must find; default: as many as hearts, at most 12',
    ],
    ['--frames <number>', 'frames of a cine, every second one is looked at', '24'],
    promptsOption,
    dataOption,
  ],
  async run({ options }, terminal) {
    const { phantoms, labels } = options as { phantoms?: string; labels?: string };
    if ((phantoms === undefined) === (labels === undefined))
      throw new AgentError('REQUEST_INVALID', 'Say on what: --labels FILE.csv, or --phantoms 100.');
    return labels === undefined ? onPhantoms(options, terminal) : onLabels(labels, options, terminal);
  },
});

function onLabels(table: string, options: Options, terminal: Terminal): Promise<Result> {
  const { out, split, origin, from, to } = options as Record<
    'out' | 'split' | 'origin' | 'from' | 'to',
    string | undefined
  >;
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const wish = { table, out: out ?? 'evaluation', split, origin, from, to, today };
  return evaluateLabels(wish, configurationOf(options), terminal);
}

async function onPhantoms(options: Options, terminal: Terminal): Promise<Result> {
  const phantoms = wholeNumber(options, 'phantoms');
  const startedAt = systemClock.now();
  const size = {
    phantoms,
    seed: String(options['seed']),
    pairs: options['pairs'] === undefined ? Math.min(phantoms, 12) : wholeNumber(options, 'pairs'),
    frames: wholeNumber(options, 'frames'),
  };
  const { lookers, explainers, close } = await openExaminers(configurationOf(options), { calibrated: true });
  let bar: ReturnType<Terminal['progress']> | undefined;
  try {
    const sights = await lookAtPhantoms(size, {
      ...lookers,
      explainers,
      signal: terminal.stop,
      onStep(done, total) {
        bar ??= terminal.progress('looking at phantoms', total);
        bar.update(done);
      },
    });
    bar?.end();
    const report = reportOn(sights, lookers.findings.definitions);
    const seconds = (systemClock.now() - startedAt) / 1000;
    for (const line of linesOfReport(report)) terminal.say(line);
    const models = { findings: lookers.findings.identity, views: lookers.views.identity };
    return { document: { ...report, seconds, size, models, onPhantoms: true } };
  } finally {
    bar?.end();
    await close();
  }
}
