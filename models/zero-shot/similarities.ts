/** Cosine similarities of frames with prompts, one row a frame. */
export interface Similarities {
  readonly frames: number;
  readonly prompts: number;
  readonly values: Float64Array;
}

/** The rows of a matrix, each scaled to length one. */
export function unitRows(values: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (const [at, value] of row.entries()) unit[start + at] = value / length;
  }
  return unit;
}

/** Compares every frame with every prompt; both are rows of unit length. */
export function compare(frames: Float32Array, prompts: Float32Array, width: number): Similarities {
  const [frameCount, promptCount] = [frames.length / width, prompts.length / width];
  const values = new Float64Array(frameCount * promptCount);
  for (let frame = 0; frame < frameCount; frame++) {
    for (let prompt = 0; prompt < promptCount; prompt++) {
      let dot = 0;
      for (let at = 0; at < width; at++) dot += frames[frame * width + at]! * prompts[prompt * width + at]!;
      values[frame * promptCount + prompt] = dot;
    }
  }
  return { frames: frameCount, prompts: promptCount, values };
}

/** The columns `from` to before `to`. */
export function columns({ frames, prompts, values }: Similarities, from: number, to: number): Similarities {
  const width = to - from;
  const chosen = new Float64Array(frames * width);
  for (let frame = 0; frame < frames; frame++) {
    chosen.set(values.subarray(frame * prompts + from, frame * prompts + to), frame * width);
  }
  return { frames, prompts: width, values: chosen };
}

/** Per prompt, the mean over the frames. */
export function meanOverFrames({ frames, prompts, values }: Similarities): readonly number[] {
  const sums = Array.from({ length: prompts }, () => 0);
  for (const [at, value] of values.entries()) sums[at % prompts]! += value;
  return sums.map((sum) => sum / frames);
}

/** The row of the frame most like a prompt. */
export function likestFrame({ prompts, values }: Similarities, prompt: number): { frame: number; similarity: number } {
  const column = values.filter((_, at) => at % prompts === prompt);
  const similarity = Math.max(...column);
  return { frame: column.indexOf(similarity), similarity };
}
