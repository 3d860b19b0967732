import type { Attributes } from '#dicom/write/named-attributes';

/** Where the source does not say how fast it plays: thirty frames a second. */
const assumedFrameTimeMs = 1000 / 30;

/** Cine attributes with which chosen frames of a clip play at the clip's own speed (PS3.3 section C.7.6.5). */
export function frameTiming(frameIndices: readonly number[], frameTimesMs: readonly number[]): Attributes {
  if (frameIndices.length < 2) return {};
  const steps = frameIndices.slice(1).map((to, index) => elapsed(frameIndices[index]!, to, frameTimesMs));
  const [first = 0] = steps;
  if (steps.every((step) => Math.abs(step - first) < 1e-6))
    return { FrameTime: first, FrameIncrementPointer: '00181063' };
  return { FrameTimeVector: [0, ...steps], FrameIncrementPointer: '00181065' };
}

export function isTimed(frameTimesMs: readonly number[]): boolean {
  return frameTimesMs.length > 0;
}

/** Milliseconds from one frame to another; in a Frame Time Vector each entry is the time since the frame before. */
function elapsed(from: number, to: number, frameTimesMs: readonly number[]): number {
  const [each = assumedFrameTimeMs] = frameTimesMs;
  if (frameTimesMs.length <= 1) return each * (to - from);
  return frameTimesMs.slice(from + 1, to + 1).reduce((sum, time) => sum + time, 0);
}
