import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import type { TextEmbedding } from '#models/echoclip/embed';
import { openImportedModel, readManifest, type ImportedModel } from '#models/imported-model';
import type { ModelManifest } from '#models/import/manifest';
import { provideModel } from '#models/provide';
import { openRuntime, type Runtime } from '#models/runtime';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { tokenizerOf } from '#models/tokenizers/tokenizer-of';
import { configurationOf, dataOption } from './configuration.ts';

/** Options of every command that works with a model of pictures and sentences. */
export const modelOptions: readonly (readonly [flags: string, text: string, fallback?: string])[] = [
  ['--model <id>', 'an imported model; default: the one set as models.findings'],
  dataOption,
];

/** Pictures computed at once. */
export const batch = 4;

/** Where the model that the options ask for lies, and what it says of itself. */
export async function clipModelOf(options: Readonly<Record<string, unknown>>): Promise<{
  readonly configuration: Configuration;
  readonly folder: string;
  readonly manifest: ModelManifest;
}> {
  const configuration = configurationOf(options);
  const { model: named } = options as { model?: string };
  const folder =
    named === undefined
      ? await provideModel({ id: configuration.models.findings, modelsFolder: modelsFolderOf(configuration) })
      : await namedModel(named, configuration);
  return { configuration, folder, manifest: await readManifest(folder) };
}

/** The folder of a model that the command line names. Throws NOT_FOUND. */
export async function namedModel(id: string, configuration: Configuration): Promise<string> {
  return provideModel({ id, modelsFolder: modelsFolderOf(configuration) }).catch((thrown: unknown) => {
    // Where the configuration names it, that is at fault; here whoever typed it.
    if (!(thrown instanceof AgentError) || thrown.code !== 'CONFIGURATION_INVALID') throw thrown;
    const detail = `There is no model ${id}: "apical models list" says which there are, "apical models import PATH --as ${id}" makes one.`;
    throw new AgentError('NOT_FOUND', detail, { cause: thrown });
  });
}

/** What turns texts into this model's ids. Throws MODEL_UNFIT for a model without a text encoder, or of another vocabulary. */
export function textSideOf(folder: string, manifest: ModelManifest): TextEmbedding & { readonly tokenizer: Tokenizer } {
  const { id, contextLength, embedWidth: width, vocabularySize } = manifest;
  if (contextLength === undefined || width === undefined || vocabularySize === undefined)
    throw new AgentError('MODEL_UNFIT', `The model ${id} reads no text.`);
  const tokenizer = tokenizerOf(folder, manifest);
  return { tokenizer, contextLength, width };
}

/** A model with what runs it. */
export interface RunningModel {
  readonly model: ImportedModel;
  readonly runtime: Runtime;
  close(): Promise<void>;
}

/** Opens the model on the configured execution provider. */
export async function runModel(folder: string, { models }: Configuration): Promise<RunningModel> {
  const runtime = await openRuntime(models);
  try {
    const model = await openImportedModel(folder, 'clip', { runtime, precision: models.precision });
    return { model, runtime, close: () => runtime.close() };
  } catch (thrown) {
    await runtime.close();
    throw thrown;
  }
}
