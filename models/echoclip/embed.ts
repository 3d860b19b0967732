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
  /** The frames as the encoder took them, [frames, 3, size, size]. */
  readonly pixels: Float32Array;
}

/** How frames are embedded. */
export interface FrameEmbedding extends Normalisation {
  /** Frames computed at once. */
  readonly batch: number;
  /** Width of an embedding. */
  readonly width: number;
}

/** Embeds the frames of a clip, some at a time. */
export async function embedFrames(
  session: Session,
  clip: PreparedClip,
  embedding: FrameEmbedding,
): Promise<EmbeddedFrames> {
  const { size, batch, width } = embedding;
  if (clip.size !== size) {
    throw new AgentError('MODEL_UNFIT', `It takes pictures of ${size} pixels a side, and was given ${clip.size}.`);
  }
  const pixels = normalise(clip.pixels, embedding);
  const length = 3 * size * size;
  const frames = pixels.length / length;
  const [embeddings, features]: [RuntimeTensor[], RuntimeTensor[]] = [[], []];
  for (let first = 0; first < frames; first += batch) {
    const data = pixels.subarray(first * length, (first + batch) * length);
    const outputs = await session.run({ pixels: { data, dims: [data.length / length, 3, size, size] } });
    embeddings.push(outputOf(outputs, 'embedding'));
    features.push(outputOf(outputs, 'features'));
  }
  const together = stack(embeddings);
  held(together, frames, width);
  return { embeddings: unitRows(together.data as Float32Array, width), features: stack(features), pixels };
}

/** Embeds sentences, some at a time, as unit rows. */
export async function embedSentences(
  session: Session,
  sentences: readonly string[],
  { tokenizer, contextLength, width }: { tokenizer: Tokenizer; contextLength: number; width: number },
): Promise<readonly Float32Array[]> {
  const batch = 32;
  const rows: Float32Array[] = [];
  for (let first = 0; first < sentences.length; first += batch) {
    const some = sentences.slice(first, first + batch);
    const ids = { data: tokenizer.encodeBatch(some, contextLength), dims: [some.length, contextLength] };
    const embedding = outputOf(await session.run({ ids }), 'embedding');
    held(embedding, some.length, width);
    const unit = unitRows(embedding.data as Float32Array, width);
    rows.push(...some.map((_, row) => unit.slice(row * width, (row + 1) * width)));
  }
  return rows;
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
