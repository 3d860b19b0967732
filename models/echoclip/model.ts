import { createHash } from 'node:crypto';
import type { ModelIdentity } from '#domain/assessment';
import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { FindingDefinition } from '#domain/finding';
import { readCalibration, type Calibration } from '#models/calibration';
import { openImportedModel, type ImportedModel, type Precision } from '#models/imported-model';
import type { Normalisation } from '#models/normalise';
import { clearOutsideSector } from '#models/prompt-cam/within-sector';
import type { Runtime } from '#models/runtime';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { tokenizerOf } from '#models/tokenizers/tokenizer-of';
import { answer } from '#models/zero-shot/answer';
import { promptsOf } from '#models/zero-shot/prompts';
import { compare, meanOverFrames } from '#models/zero-shot/similarities';
import type { FindingModel } from '#src/ports';
import { embedFrames, meanEmbedding, type EmbeddedFrames, type FrameEmbedding } from './embed.ts';
import { createExplainer, type PathSettings } from './explainer.ts';
import { loadFindings } from './findings.ts';
import { sentenceCache } from './sentence-cache.ts';
import { openSentences } from './sentences.ts';

interface Opening {
  /** Of an imported model. */
  readonly folder: string;
  readonly runtime: Pick<Runtime, 'open' | 'provider'>;
  /** How sentences are explained; auto: Grad-CAM on CPU, where a gradient takes long, integrated gradients elsewhere. */
  readonly method: 'auto' | Explanation['method'];
  /** Frames handed over at once. */
  readonly batch?: number;
  /** The one that the text encoder was trained with; default: as the model's folder says. */
  readonly tokenizer?: Tokenizer;
  /** What it is asked; default: every finding of the folder. */
  readonly definitions?: readonly FindingDefinition[];
  /** False: the calibration is left aside, every answer is a similarity. */
  readonly calibrated?: boolean;
  readonly precision?: Precision;
  /** Default: blue, green, red, as the authors' code feeds every frame. */
  readonly channelOrder?: Normalisation['order'];
  /** Of integrated gradients. */
  readonly gradients?: PathSettings;
}

// As many points of the path as the golden vectors have.
const usualPath: PathSettings = { steps: 16, keyFrames: 5, baseline: 'grey' };

const channels = { bgr: 'blue-green-red', rgb: 'red-green-blue' } as const;
// Raised whenever pixels reach the encoder in another way, so that results of before and after are told apart.
const preprocessing = (order: Normalisation['order']): string =>
  `mask to the sector, paint over traces, crop to square, zoom 0.1, bicubic, ${channels[order]}; version 1`;
// Every second of the first 40 frames, as the authors take them.
const frameStep = 2;
const framesLooked = 40;

/** A model whose questions may change while it is open. */
export interface EchoClip extends FindingModel {
  /** Asks other findings from the next assessment on. Throws CONFIGURATION_INVALID, and then goes on with those before. */
  ask(definitions: readonly FindingDefinition[]): Promise<void>;
}

/** What is asked, and how it is answered. */
interface Questions {
  readonly definitions: readonly FindingDefinition[];
  readonly calibration: Calibration | undefined;
  readonly identity: ModelIdentity;
}

/** EchoCLIP (Christensen et al. 2024): answers questions by comparing frames with sentences. Throws MODEL_UNFIT or CONFIGURATION_INVALID. */
export async function openEchoClip(opening: Opening): Promise<EchoClip> {
  const { folder, runtime, method, calibrated = true } = opening;
  // One by one on the CPU; a GPU gains by many.
  const { batch = runtime.provider === 'cpu' ? 8 : 32 } = opening;
  const { precision = 'fp32', channelOrder = 'bgr', gradients = usualPath } = opening;
  const model = await openImportedModel(folder, 'clip', { runtime, precision });
  const tokenizer = opening.tokenizer ?? tokenizerOf(folder, model.manifest);
  const { files, float16Files } = model.manifest;
  const graph = (precision === 'fp16' ? float16Files : files)?.text?.sha256;
  const sentences = openSentences(model, tokenizer, sentenceCache(folder, [graph, runtime.provider, tokenizer.digest]));
  const ask = async (definitions: readonly FindingDefinition[]): Promise<Questions> => {
    const checkpoints = model.manifest.sources.map(({ sha256 }) => sha256);
    const calibration = calibrated
      ? await readCalibration(folder, { checkpoints, definitions, channelOrder })
      : undefined;
    await sentences.learn(definitions.flatMap(promptsOf).map(({ sentence }) => sentence));
    const asked = { definitions, calibration, vocabulary: tokenizer.digest, precision };
    return { definitions, calibration, identity: identify(model, runtime.provider, { channelOrder, asked }) };
  };
  let asking = await ask(opening.definitions ?? (await loadFindings()));
  const images = await model.open('image');
  const embedding = embeddingOf(model, { batch, order: channelOrder });
  const usual = methodFor(model, runtime.provider, method);
  const methods = methodsOf(model).toSorted((one) => (one === usual ? -1 : 1));
  const explain = createExplainer(model, { embedding, path: gradients });

  const framesOf = lookOnce((clip) => embedFrames(images, clip, embedding));

  return {
    get identity() {
      return asking.identity;
    },
    get definitions() {
      return asking.definitions;
    },
    async ask(definitions) {
      asking = await ask(definitions);
    },
    size: embedding.size,
    methods,
    selectFrames,
    async assess(clips, asked) {
      const { calibration } = asking; // of one moment: findings may change meanwhile
      const embedded = await Promise.all(
        clips.map(async (clip) => ({ clip, embeddings: (await framesOf(clip)).embeddings })),
      );
      const matrices = await sentences.matrices(asked);
      return asked.map((definition, question) => {
        const compared = embedded.map(({ clip: { sopInstance, frameIndices }, embeddings }) => ({
          sopInstance,
          frameIndices,
          similarities: compare(embeddings, matrices[question]!, embedding.width),
        }));
        return answer(definition, compared, calibration?.findings[definition.id]);
      });
    },
    embed: async (clips) => meanEmbedding(await Promise.all(clips.map(framesOf)), embedding.width),
    async explain(clip, finding, wanted = usual) {
      if (!methods.includes(wanted)) throw new AgentError('REQUEST_INVALID', `This model has no ${wanted}.`);
      if (finding.kind === 'not-assessed') {
        throw new AgentError('REQUEST_INVALID', 'A finding that was not assessed has no explanation.');
      }
      const { sentence, keyFrame } = finding.evidence;
      const target = await sentences.of(sentence);
      const frames = await framesOf(clip);
      const { sopInstance, size, frameIndices, crop } = clip;
      const explained = await explain({ clip, frames, target, keyFrame }, wanted);
      clearOutsideSector(explained.maps, clip);
      return {
        ...explained,
        sopInstance,
        size,
        frameIndices,
        crop,
        sentence,
        findingId: finding.id,
        similarity: meanOverFrames(compare(frames.embeddings, target, embedding.width))[0]!,
      };
    },
  };
}

/** While a clip is at hand it is looked at once, however many sentences are asked and explained. */
function lookOnce(look: (clip: PreparedClip) => Promise<EmbeddedFrames>): typeof look {
  const looked = new WeakMap<PreparedClip, Promise<EmbeddedFrames>>();
  return (clip) => {
    const frames = looked.get(clip) ?? look(clip);
    looked.set(clip, frames);
    frames.catch(() => looked.delete(clip)); // the next call tries again
    return frames;
  };
}

/** Which frames of a clip are looked at, from 0. */
export function selectFrames(frames: number): readonly number[] {
  const count = Math.ceil(Math.min(frames, framesLooked) / frameStep);
  return Array.from({ length: count }, (_, step) => step * frameStep);
}

function methodFor({ manifest }: ImportedModel, provider: string, method: Opening['method']): Explanation['method'] {
  const hasGradCam = manifest.files['grad-cam'] !== undefined;
  if (method === 'auto') return provider === 'cpu' && hasGradCam ? 'grad-cam' : 'integrated-gradients';
  if (method === 'integrated-gradients' || hasGradCam) return method;
  throw new AgentError('CONFIGURATION_INVALID', `The model ${manifest.id} has no Grad-CAM: use integrated-gradients.`);
}

function methodsOf({ manifest }: ImportedModel): readonly Explanation['method'][] {
  return manifest.files['grad-cam'] === undefined ? ['integrated-gradients'] : ['grad-cam', 'integrated-gradients'];
}

function embeddingOf({ manifest }: ImportedModel, how: Pick<FrameEmbedding, 'batch' | 'order'>): FrameEmbedding {
  const { imageSize: size, mean, std, embedWidth } = manifest;
  if (embedWidth === undefined) throw new AgentError('MODEL_UNFIT', 'Its manifest names no width of embeddings.');
  return { size, mean, std, ...how, width: embedWidth };
}

function identify(
  { manifest }: ImportedModel,
  provider: string,
  { channelOrder, asked }: { readonly channelOrder: Normalisation['order']; readonly asked: object },
): ModelIdentity {
  const { id, name, manufacturer, version, phantomOnly } = manifest;
  const digest = createHash('sha256')
    .update(JSON.stringify([manifest.digest, preprocessing(channelOrder), asked]))
    .digest('hex');
  return { id, name, manufacturer, version, digest, phantomOnly, provider };
}
