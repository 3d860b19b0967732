import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import { normalise, type Normalisation } from '#models/normalise';
import type { RuntimeTensor, Session } from '#models/runtime';
import type { Tokenizer } from '#models/tokenizers/clip-bpe';
import { unitRows } from '#models/zero-shot/similarities';

/** What the image encoder made of a clip's frames. */
export interface EmbeddedFrames {
  /** Unit rows, one a frame. */
  readonly embeddings: Float32Array;
  /** The last stage, [frames, channels, height, width]. */
  readonly features: RuntimeTensor;
}

/** How frames are embedded. */
export interface FrameEmbedding extends Normalisation {
  /** Frames computed at once. */
  readonly batch: number;
  /** Width of an embedding. */
  readonly width: number;
}

/** What the image encoder gives, as it gives it: embeddings are not of unit length. */
export interface EmbeddedPictures {
  /** [pictures, width]. */
  readonly embeddings: RuntimeTensor;
  /** The last stage, [pictures, channels, height, width]. */
  readonly features: RuntimeTensor;
}

/** Embeds normalised pictures, [pictures, 3, size, size], some at a time. */
export function embedPictures(
  session: Session,
  pixels: Float32Array,
  how: BatchEmbedding,
  onDone?: (pictures: number) => void,
): Promise<EmbeddedPictures> {
  return embedInBatches(session, { values: pixels, asNumbers: (some) => some }, how, onDone);
}

/** Embeds the frames of a clip, some at a time: as numbers they take four times the memory. */
export async function embedFrames(
  session: Session,
  clip: PreparedClip,
  embedding: FrameEmbedding,
): Promise<EmbeddedFrames> {
  const { size, width } = embedding;
  if (clip.size !== size) {
    throw new AgentError('MODEL_UNFIT', `It takes pictures of ${size} pixels a side, and was given ${clip.size}.`);
  }
  const frames = { values: clip.pixels, asNumbers: (some: Uint8Array) => normalise(some, embedding) };
  const { embeddings, features } = await embedInBatches(session, frames, embedding);
  return { embeddings: unitRows(embeddings.data as Float32Array, width), features };
}

type BatchEmbedding = Pick<FrameEmbedding, 'size' | 'batch' | 'width'>;

async function embedInBatches<Values extends Float32Array | Uint8Array>(
  session: Session,
  { values, asNumbers }: { readonly values: Values; readonly asNumbers: (some: Values) => Float32Array },
  { size, batch, width }: BatchEmbedding,
  onDone: (pictures: number) => void = () => undefined,
): Promise<EmbeddedPictures> {
  const length = 3 * size * size;
  const count = values.length / length;
  const [embeddings, features]: [RuntimeTensor[], RuntimeTensor[]] = [[], []];
  for (let first = 0; first < count; first += batch) {
    const data = asNumbers(values.subarray(first * length, (first + batch) * length) as Values);
    const outputs = await session.run({ pixels: { data, dims: [data.length / length, 3, size, size] } });
    embeddings.push(outputOf(outputs, 'embedding'));
    features.push(outputOf(outputs, 'features'));
    onDone(Math.min(count, first + batch));
  }
  const together = stack(embeddings);
  held(together, count, width);
  return { embeddings: together, features: stack(features) };
}

/** How the text encoder reads. */
export interface TextEmbedding {
  readonly contextLength: number;
  /** Width of an embedding. */
  readonly width: number;
}

/** Embeds rows of ids, [texts, contextLength], some at a time: rows as the encoder gives them, not of unit length. */
export async function embedIds(
  session: Session,
  ids: BigInt64Array,
  { contextLength, width }: TextEmbedding,
  onDone: (texts: number) => void = () => undefined,
): Promise<Float32Array> {
  const batch = 32;
  const count = ids.length / contextLength;
  const rows: RuntimeTensor[] = [];
  for (let first = 0; first < count; first += batch) {
    const data = ids.slice(first * contextLength, (first + batch) * contextLength);
    const texts = data.length / contextLength;
    const embedding = outputOf(await session.run({ ids: { data, dims: [texts, contextLength] } }), 'embedding');
    held(embedding, texts, width);
    rows.push(embedding);
    onDone(first + texts);
  }
  return stack(rows).data as Float32Array;
}

/** Embeds sentences, as unit rows one after the other. */
export async function embedSentences(
  session: Session,
  sentences: readonly string[],
  { tokenizer, contextLength, width }: TextEmbedding & { readonly tokenizer: Tokenizer },
): Promise<Float32Array> {
  const ids = tokenizer.encodeBatch(sentences, contextLength);
  return unitRows(await embedIds(session, ids, { contextLength, width }), width);
}

function outputOf(outputs: Readonly<Record<string, RuntimeTensor>>, name: string): RuntimeTensor {
  const output = outputs[name];
  if (!(output?.data instanceof Float32Array)) throw new AgentError('MODEL_UNFIT', `Its graph gives no ${name}.`);
  return output;
}

/** Holds embeddings to their promise: one row each, of numbers that have a direction. */
function held({ data, dims }: RuntimeTensor, rows: number, width: number): void {
  if (dims[0] !== rows || dims[1] !== width || data.length !== rows * width) {
    throw new AgentError(
      'MODEL_UNFIT',
      `It gives embeddings of shape ${dims.join('x')}; promised is ${rows}x${width}.`,
    );
  }
  for (let row = 0; row < rows; row++) {
    const length = (data as Float32Array)
      .subarray(row * width, (row + 1) * width)
      .reduce((sum, value) => sum + value * value, 0);
    if (!(length > 0 && length < Infinity)) {
      throw new AgentError('MODEL_UNFIT', 'It gives embeddings that are no directions: not a number, or nothing.');
    }
  }
}

function stack(parts: readonly RuntimeTensor[]): RuntimeTensor {
  const rows = parts.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, at);
    at += part.data.length;
  }
  return { data, dims: [rows, ...(parts[0]?.dims.slice(1) ?? [])] };
}

/** The mean of frames' embeddings, each of length 1 before and their mean after; to four digits, since it is kept. */
export function meanEmbedding(clips: readonly Pick<EmbeddedFrames, 'embeddings'>[], width: number): readonly number[] {
  const sum = new Float64Array(width);
  for (const { embeddings } of clips) {
    for (let at = 0; at < embeddings.length; at += width) {
      const frame = embeddings.subarray(at, at + width);
      const length = Math.hypot(...frame) || 1;
      for (let each = 0; each < width; each += 1) sum[each]! += frame[each]! / length;
    }
  }
  const length = Math.hypot(...sum) || 1;
  return Array.from(sum, (value) => Number((value / length).toFixed(4)));
}
