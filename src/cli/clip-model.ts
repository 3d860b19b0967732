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
import { configurationOf } from './configuration.ts';

/** Options of every command that works with a model of pictures and sentences. */
export const modelOptions: readonly (readonly [flags: string, text: string, fallback?: string])[] = [
  ['--model <id>', 'an imported model; default: the one set as models.findings'],
  ['--data <folder>', 'data folder, instead of the configured one'],
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
  const id = (options['model'] as string | undefined) ?? configuration.models.findings;
  const folder = await provideModel({ id, modelsFolder: modelsFolderOf(configuration) });
  return { configuration, folder, manifest: await readManifest(folder) };
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
