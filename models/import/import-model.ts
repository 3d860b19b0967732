import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Weights } from '#models/architectures/weights';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { openCheckpoint, type Checkpoint } from '#models/checkpoint/open-checkpoint';
import type { Graph } from '#models/onnx/graph';
import { bytesOf, writeModel } from '#models/onnx/write-model';
import { clipRecipe } from './clip.ts';
import { imageClassifierRecipe, type ClassifierPreset } from './image-classifier.ts';
import { manifestSchema, sealManifest, type GraphRole, type ModelManifest } from './manifest.ts';
import { makeFolder, sha256Of, writeFileOnce } from './model-folder.ts';
import type { Recipe } from './recipe.ts';

export interface ImportRequest {
  /** A file of weights, or the folder that holds it. */
  readonly from: string;
  /** The folder to make; it must not exist. */
  readonly into: string;
  readonly id: string;
  readonly name?: string;
  readonly manufacturer?: string;
  readonly version?: string;
  /** What may be done with the weights, for the manifest. */
  readonly licence?: string;
  /** For weights that know phantoms only: never for patients. */
  readonly phantomOnly?: boolean;
  /** How a published classifier wants its pictures, where no config.json beside the weights says it. */
  readonly preset?: ClassifierPreset | undefined;
  /** Writes each graph in half precision too. */
  readonly alsoFloat16?: boolean;
  /** Adds what else belongs to the model, before its folder takes its name. */
  complete?(folder: string): Promise<void>;
  /** Told how many bytes of the graphs are written, and how many there will be. */
  onProgress?(bytes: number, total: number): void;
}

// Raised whenever graphs come out in another way.
const producer = { name: 'apical models', version: '2' };
/** Who wrote the graphs, as a manifest says. */
export const importer = `${producer.name} ${producer.version}`;
const calibrationName = 'calibration.json';

/** Turns a published checkpoint into a folder of ONNX graphs with a manifest. Throws MODEL_UNFIT, and then leaves nothing behind. */
export async function importModel(request: ImportRequest): Promise<ModelManifest> {
  const id = manifestSchema.shape.id.safeParse(request.id);
  if (!id.success) throw new CheckpointError(`The name ${JSON.stringify(request.id)} ${id.error.issues[0]?.message}.`);
  const checkpoint = await openCheckpoint(request.from);
  try {
    const weights = new Weights(checkpoint.tensors);
    const recipe = await recipeFor(checkpoint, weights, request.preset);
    const graphs = recipe.graphs('float32');
    weights.check();
    const halves = request.alsoFloat16 === true ? recipe.graphs('float16') : undefined;
    return await makeFolder(request.into, (folder) => fill(folder, { request, checkpoint, recipe, graphs, halves }));
  } finally {
    await checkpoint.close();
  }
}

function recipeFor(
  { path, tensors }: Checkpoint,
  weights: Weights,
  preset: ClassifierPreset | undefined,
): Promise<Recipe> {
  const names = [...tensors.keys()];
  if (names.some((name) => name.startsWith('visual.'))) return clipRecipe(weights, dirname(path));
  if (names.some((name) => name.startsWith('features.'))) return imageClassifierRecipe(weights, dirname(path), preset);
  throw new CheckpointError(
    `${basename(path)} is of an architecture that is not known here (its first tensor is ${names[0]}): an open_clip model or a ConvNeXt classifier of torchvision is needed.`,
  );
}

type Graphs = ReadonlyMap<GraphRole, Graph>;

interface Filling {
  readonly request: ImportRequest;
  readonly checkpoint: Checkpoint;
  readonly recipe: Recipe;
  readonly graphs: Graphs;
  readonly halves: Graphs | undefined;
}

async function fill(folder: string, { request, checkpoint, recipe, graphs, halves }: Filling): Promise<ModelManifest> {
  // Grad-CAM reads float32 features in either case.
  const wide = new Map([...(halves ?? [])].filter(([role]) => role !== 'grad-cam'));
  const onBytes = counted([...graphs.values(), ...wide.values()], request);
  const files = await writeGraphs(folder, graphs, { ending: '.onnx', onBytes });
  const float16Files = halves && (await writeGraphs(folder, wide, { ending: '.float16.onnx', onBytes }));
  const sources: ModelManifest['sources'] = [];
  for (const path of [checkpoint.path, ...recipe.configs])
    sources.push({ file: basename(path), sha256: await sha256Of(path) });
  const manifest = sealManifest({
    id: request.id,
    name: request.name ?? request.id,
    manufacturer: request.manufacturer ?? 'unknown',
    version: request.version ?? sources[0]!.sha256.slice(0, 12),
    phantomOnly: request.phantomOnly ?? false,
    ...recipe.facts,
    ...(request.licence !== undefined && { licence: request.licence }),
    importer,
    files,
    ...(float16Files && { float16Files }),
    sources,
  });
  await keepCalibration(dirname(checkpoint.path), folder);
  await request.complete?.(folder);
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFileOnce(join(folder, 'manifest.json'), (sink) => sink(text));
  return manifest;
}

/** Adds up what is written, against what the graphs' numbers take; their nodes are small. */
function counted(graphs: readonly Graph[], { onProgress }: ImportRequest): (bytes: number) => void {
  const total = graphs.reduce((sum, graph) => sum + bytesOf(graph), 0);
  let written = 0;
  return (bytes) => {
    written = Math.min(total, written + bytes);
    onProgress?.(written, total);
  };
}

interface Writing {
  readonly ending: string;
  onBytes(bytes: number): void;
}

async function writeGraphs(
  folder: string,
  graphs: Graphs,
  { ending, onBytes }: Writing,
): Promise<ModelManifest['files']> {
  const files: ModelManifest['files'] = {};
  for (const [role, graph] of graphs) {
    const file = `${role}${ending}`;
    const sha256 = await writeFileOnce(join(folder, file), (sink) =>
      writeModel(graph, producer, async (bytes) => {
        await sink(bytes);
        onBytes(bytes.length);
      }),
    );
    files[role] = { file, sha256 };
  }
  return files;
}

/** Thresholds belong to the weights that they were measured with. */
async function keepCalibration(from: string, into: string): Promise<void> {
  const bytes = await readFile(join(from, calibrationName)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  if (bytes !== undefined) await writeFileOnce(join(into, calibrationName), (sink) => sink(bytes));
}
