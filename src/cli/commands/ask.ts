import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import type { Finding, FindingDefinition } from '#domain/finding';
import { ourCode, sites } from '#models/echoclip/codes';
import { openEchoClip } from '#models/echoclip/model';
import { loadQuestions } from '#models/echoclip/questions';
import { openRuntime } from '#models/runtime';
import type { ClipReader, FindingModel } from '#src/ports';
import { statements } from '#templates/statements';
import { defineCommand } from '#cli/command';
import { batch, clipModelOf, modelOptions } from '#cli/clip-model';
import { promptsOption } from '#cli/configuration';
import { withClip } from '#cli/dicom-clip';
import { choice } from '#cli/options';
import { drawOverlay } from '#cli/overlay-picture';
import { inWords } from '#cli/study-description';

const methods = ['auto', 'grad-cam', 'integrated-gradients'] as const;

/** Compares a clip with sentences of one's own. */
export default defineCommand({
  usage: 'ask [sentence...]',
  summary: 'how similar a DICOM clip is to sentences, and where each is seen in it',
  options: [
    ['--dicom <file>', 'the clip (required)'],
    ['--out <folder>', 'draw where each sentence is seen, as PNG files in this folder; created when missing'],
    ['--method <name>', methods.join(', '), 'auto'],
    ['--findings', "answer the model's own findings too, calibrated where it is; the view is taken to be suitable"],
    promptsOption,
    ...modelOptions,
  ],
  async run({ args: [given], options }, terminal) {
    const { dicom, out } = options as { dicom?: string; out?: string };
    if (dicom === undefined) throw new AgentError('REQUEST_INVALID', 'Say which clip, as in --dicom FILE.');
    const method = choice(options, 'method', methods);
    const questions = ((given ?? []) as readonly string[]).map(questionOf);
    const calibrated = options['findings'] === true;
    if (questions.length === 0 && !calibrated)
      throw new AgentError('REQUEST_INVALID', 'Say what to ask: a "sentence" or several, or --findings.');
    const { folder, configuration } = await clipModelOf(options);
    const { colours } = configuration.results;
    const own = calibrated ? await loadQuestions(configuration.models) : [];
    const runtime = await openRuntime(configuration.models);
    try {
      const { precision, channelOrder, gradients } = configuration.models;
      const definitions = [...questions, ...own];
      const asking = { folder, runtime, method, precision, channelOrder, gradients, batch, definitions, calibrated };
      const model = await openEchoClip(asking);
      return await withClip(dicom, { size: model.size, configuration }, async ({ clip, ineligible }, reader) => {
        const answers = (await model.assess([clip], questions)).map(answerOf);
        const findings = (await model.assess([clip], own)).map((finding, at) => ({
          ...finding,
          title: own[at]!.title,
          text: inWords(finding, own[at]),
        }));
        if (out !== undefined) await mkdir(out, { recursive: true });
        const bar = terminal.progress('drawing', answers.length);
        const told = [];
        for (const [index, answer] of answers.entries()) {
          const file = out === undefined ? undefined : join(out, `${index + 1}.png`);
          told.push({
            ...answer.told,
            ...(file !== undefined && (await show(file, answer, { clip, model, reader, dicom, colours }))),
          });
          bar.update(index + 1);
        }
        bar.end();
        const warnings = statements(model.identity);
        for (const warning of warnings) terminal.say(warning);
        if (ineligible !== undefined) terminal.say(`The agent would not look at this clip: ${ineligible}.`);
        for (const { similarity, sentence, keyFrame } of told)
          terminal.say(`${similarity.toFixed(4)}  ${sentence}  (most in frame ${keyFrame + 1})`);
        for (const { title, text } of findings) terminal.say(`${title}: ${text}`);
        if (out !== undefined) terminal.say(`Where each is seen: ${out}`);
        terminal.say('A similarity is a cosine between the picture and the sentence, not a probability.');
        return {
          document: {
            model: model.identity,
            warnings,
            answers: told,
            ...(calibrated && { findings }),
            ...(ineligible !== undefined && { ineligible }),
          },
        };
      });
    } finally {
      await runtime.close();
    }
  },
});

/** A sentence as a finding that only this run knows. */
function questionOf(sentence: string, index: number): FindingDefinition {
  return {
    kind: 'presence',
    id: `asked-${index + 1}`,
    title: 'A sentence that was asked',
    concept: ourCode(`ASKED-${index + 1}`, 'Sentence that was asked'),
    site: sites.leftVentricle,
    views: ['A4C'],
    sentences: [sentence],
  };
}

function answerOf(finding: Finding) {
  if (finding.kind === 'not-assessed') throw new AgentError('UNEXPECTED', 'A sentence was not compared.');
  const { sentence, keyFrame } = finding.evidence;
  return { finding, told: { sentence, similarity: finding.similarity, keyFrame } };
}

interface At {
  readonly clip: PreparedClip;
  readonly model: FindingModel;
  readonly reader: ClipReader;
  readonly dicom: string;
  readonly colours: Parameters<typeof drawOverlay>[1]['colours'];
}

async function show(file: string, { finding, told }: ReturnType<typeof answerOf>, at: At) {
  const explanation = await at.model.explain(at.clip, finding);
  const { rows, columns, pixels } = await at.reader.frames(at.dicom, [told.keyFrame]);
  await drawOverlay(file, {
    frame: { rows, columns, pixels: pixels[0]! },
    explanation,
    keyFrame: told.keyFrame,
    colours: at.colours,
    warnings: statements(at.model.identity),
  });
  const { method, parameters } = explanation;
  return { overlay: file, method, parameters };
}
