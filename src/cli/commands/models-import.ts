import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelsFolderOf } from '#config/models-folder';
import { AgentError } from '#domain/errors';
import { createEchoClipRTokenizer } from '#models/tokenizers/echoclip-r';
import { keepVocabulary } from '#models/tokenizers/keep-vocabulary';
import { importModel } from '#models/import/import-model';
import { assumesImageNet, classifierPresets, type ClassifierPreset } from '#models/import/image-classifier';
import { manifestSchema, type ModelManifest } from '#models/import/manifest';
import { licenceNote } from '#models/licence';
import { writeOrigin } from '#models/origin';
import { isEmbedded } from '#models/provide';
import { systemClock } from '#src/clock';
import { defineCommand, type Progress } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';
import { openSource } from '#cli/model-source';
import { choice } from '#cli/options';

const presets = Object.keys(classifierPresets) as ClassifierPreset[];

/** Turns published weights into a model of ours. */
export default defineCommand({
  usage: 'models import <source>',
  summary: 'import published weights (a file, a folder, or hf:OWNER/NAME) as a model',
  options: [
    ['--as <id>', 'name for the model, as the configuration will say it (required)'],
    ['--name <text>', 'what people call it; default: the id'],
    ['--manufacturer <text>', 'who made it'],
    [
      '--preset <name>',
      `how a classifier wants its pictures, where no config.json beside it says so: ${presets.join(', ')}`,
    ],
    ['--fp32-only', 'leave out the graphs in half precision: half the disk, but models.precision must stay fp32'],
    ['--hub <url>', 'address of the hub, for hf: sources', 'https://huggingface.co'],
    [
      '--offline <folder>',
      'take hf: sources from this folder, such as a cache that was brought along; nothing is fetched',
    ],
    ['--token-file <file>', 'file with an access token, for repositories that are not public'],
    ['--vocabulary <folder>', 'for EchoCLIP-R: your copy of its template_vocab.txt and blank_wordpiece.tokenizer'],
    dataOption,
  ],
  async run({ args: [source], options }, terminal) {
    const id = freeId(options['as']);
    const folder = modelsFolderOf(configurationOf(options));
    const into = join(folder, id);
    await requireAbsent(into, id);
    const { vocabulary } = options as { vocabulary?: string };
    if (vocabulary !== undefined) createEchoClipRTokenizer(vocabulary, 0); // refused before anything is fetched
    const { from, origin, end } = await openSource(String(source), { options, folder, terminal });
    terminal.say(`Importing ${origin.source} ...`);
    const { name, manufacturer } = options as { name?: string; manufacturer?: string };
    const importedOn = new Date(systemClock.now()).toISOString().slice(0, 10);
    let bar: Progress | undefined;
    const manifest = await importModel({
      async complete(partial) {
        await keepVocabulary(vocabulary ?? from, partial);
        await writeOrigin(partial, { ...origin, importedOn });
      },
      onProgress(bytes, total) {
        if (terminal.stop.aborted) throw new AgentError('MODEL_UNAVAILABLE', 'Interrupted; nothing was kept.');
        bar ??= terminal.progress('importing', total);
        bar.update(bytes);
      },
      from,
      into,
      id,
      ...(name !== undefined && { name }),
      ...(manufacturer !== undefined && { manufacturer }),
      preset: options['preset'] === undefined ? undefined : choice(options, 'preset', presets),
      licence: licenceNote(origin.licence),
      alsoFloat16: options['fp32Only'] !== true,
    }).finally(() => bar?.end());
    await end();
    if (assumesImageNet(manifest))
      terminal.say(
        `No config.json says how pictures are prepared: ImageNet's mean and deviation are assumed. For EchoPrime's view classifier import it again with --preset ${presets[0]}.`,
      );
    const setting = settingFor(manifest);
    terminal.say(`${id} is in ${into}`);
    terminal.say(`To use it, write "${setting}: ${id}" into apical.yaml (under models: "${setting.slice(7)}: ${id}").`);
    terminal.say('For research use only, not a medical device.');
    return { document: { id, folder: into, setting: { [setting]: id }, origin, manifest } };
  },
});

function freeId(given: unknown): string {
  if (typeof given !== 'string')
    throw new AgentError('REQUEST_INVALID', 'Say what to call the model, as in --as echoclip.');
  const id = manifestSchema.shape.id.safeParse(given);
  if (!id.success)
    throw new AgentError('REQUEST_INVALID', `The name ${JSON.stringify(given)} ${id.error.issues[0]?.message}.`);
  if (isEmbedded(given))
    throw new AgentError('REQUEST_INVALID', `${given} is the name of a model that ships with us: choose another.`);
  return given;
}

async function requireAbsent(folder: string, id: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return;
  throw new AgentError('REQUEST_INVALID', `There is a model ${id} already: choose another name, or remove ${folder}.`);
}

function settingFor({ kind }: ModelManifest): 'models.findings' | 'models.views' {
  switch (kind) {
    case 'clip':
      return 'models.findings';
    case 'image-classifier':
      return 'models.views';
  }
}
