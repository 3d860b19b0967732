import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#src/clock';
import { AgentError } from '#domain/errors';
import { makePhantomStudy, type StudyWish } from '#models/phantom/study';
import { truthDocument } from '#models/phantom/truth-document';
import { defineCommand, exitCodes, type Result, type Terminal } from '#cli/command';
import { configurationOf } from '#cli/configuration';
import { parseDestination } from '#cli/destination';
import { openExaminers } from '#cli/evaluation/open-examiners';
import { wholeNumber } from '#cli/options';
import { objectsDrawn, sendAtRate } from '#cli/phantom-load';
import { encodingWish, heartWish, phantomOptions, recordingsWish } from '#cli/phantom-options';
import { drawSheet } from '#cli/phantom-sheet';
import { studiesOf } from '#cli/phantom-studies';

type Options = Readonly<Record<string, unknown>>;

/** Makes studies of phantoms, whose truth is known: as files, or as a load on a receiver. */
export default defineCommand({
  usage: 'phantom',
  summary: 'make phantom studies as DICOM files, their truth beside them, or send them at a rate',
  options: [
    ['--studies <number>', 'how many', '1'],
    ['--seed <number>', 'the same seed gives the same bytes', '1'],
    ['--serial <number>', 'visits of each patient, whose heart changes between them', '1'],
    ...phantomOptions,
    ['--out <folder>', 'where to write them'],
    ['--send <AE@host:port>', 'send them by C-STORE instead'],
    ['--rate <studies>', 'studies a minute, with --send', '6'],
    ['--from <AE>', 'AE title to call ourselves, with --send', 'PHANTOM'],
    ['--sheet <file>', 'draw a contact sheet instead: phantoms beside the truth and what the model sees, as PNG'],
    ['--data <folder>', 'data folder with the models, for --sheet'],
  ],
  async run({ options }, terminal) {
    const { out, send, sheet } = options as { out?: string; send?: string; sheet?: string };
    const [where, ...others] = [out, send, sheet].filter((one) => one !== undefined);
    if (where === undefined || others.length > 0)
      throw new AgentError('REQUEST_INVALID', 'Say where to: --out FOLDER, --send AE@host:port, or --sheet FILE.png.');
    if (sheet !== undefined) return draw(sheet, options, terminal);
    const studies = studiesOf({
      seed: wholeNumber(options, 'seed'),
      studies: wholeNumber(options, 'studies') * wholeNumber(options, 'serial'),
      visits: wholeNumber(options, 'serial'),
      heart: heartWish(options),
      recordings: recordingsWish(options),
      frames: wholeNumber(options, 'frames'),
      ...encodingWish(options),
    });
    return out === undefined ? load(studies, options, terminal) : write(studies, out, terminal);
  },
});

async function draw(sheet: string, options: Options, terminal: Terminal): Promise<Result> {
  const seed = wholeNumber(options, 'seed');
  const examiners = await openExaminers(configurationOf(options), { calibrated: true });
  try {
    await drawSheet(sheet, { seed: `${seed}`, examiners, signal: terminal.stop });
  } finally {
    await examiners.close();
  }
  terminal.say(`${sheet}: phantoms, not patients`);
  return { document: { phantom: true, sheet } };
}

async function write(studies: readonly StudyWish[], out: string, terminal: Terminal): Promise<Result> {
  const bar = terminal.progress(
    'making phantoms',
    studies.reduce((sum, { recordings }) => sum + recordings.length, 0),
  );
  const made = [];
  let done = 0;
  for (const [index, study] of studies.entries()) {
    const folder = join(out, study.patientId, `study-${index + 1}`);
    await mkdir(folder, { recursive: true });
    const files: string[] = [];
    for await (const { name, bytes, truth, identity } of makePhantomStudy(study)) {
      terminal.stop.throwIfAborted();
      files.push(join(folder, `${name}.dcm`));
      await writeFile(files.at(-1)!, bytes);
      await writeFile(join(folder, `${name}.json`), truthDocument(truth, identity));
      made.push({ study: identity.studyInstance, sopInstance: identity.sopInstance, file: files.at(-1) });
      bar.update(++done);
    }
    const { ejectionFraction } = study.heart;
    terminal.say(`${folder}: ${files.length} objects, ejection fraction ${ejectionFraction} %`);
  }
  bar.end();
  terminal.say(`${made.length} objects, each with its truth in a JSON file beside it. Phantoms, not patients.`);
  return { document: { phantom: true, studies: studies.length, objects: made } };
}

async function load(studies: readonly StudyWish[], options: Options, terminal: Terminal): Promise<Result> {
  const drawing = terminal.progress('drawing', objectsDrawn(studies));
  let sending: ReturnType<Terminal['progress']> | undefined;
  const report = await sendAtRate({
    studies,
    perMinute: wholeNumber(options, 'rate'),
    to: parseDestination(options['send']),
    callingAeTitle: String(options['from']),
    clock: systemClock,
    signal: terminal.stop,
    onMade(objects) {
      drawing.update(objects);
      if (objects === objectsDrawn(studies)) drawing.end();
    },
    onStudy(count) {
      sending ??= terminal.progress('sending studies', studies.length);
      sending.update(count);
    },
  });
  sending?.end();
  const { stored, objects, seconds, milliseconds, failures } = report;
  terminal.say(`${stored} of ${objects} objects of ${report.studies} studies stored in ${seconds.toFixed(1)} s`);
  terminal.say(
    `A study took ${milliseconds.median} ms (median), ${milliseconds.p95} ms (95 %), ${milliseconds.largest} ms at most`,
  );
  for (const [words, count] of Object.entries(failures)) terminal.say(`${count} x ${words}`);
  const isWhole = report.studies === studies.length && stored === objects && Object.keys(failures).length === 0;
  return { document: { phantom: true, ...report }, exitCode: isWhole ? exitCodes.ok : exitCodes.failed };
}
