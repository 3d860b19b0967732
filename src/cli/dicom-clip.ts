import { stat } from 'node:fs/promises';
import type { Configuration } from '#config/schema';
import { ineligibilities, type PreparedClip } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import { AgentError } from '#domain/errors';
import { createClipReader } from '#look/clip-reader';
import { selectFrames } from '#models/echoclip/model';
import type { ClipReader } from '#src/ports';

/** A clip as a model takes it, and why the agent would not look at it, where it would not. */
export interface OpenedClip {
  readonly clip: PreparedClip;
  readonly ineligible: string | undefined;
}

/** Reads a DICOM clip with readers of its own, for as long as `use` works with it. */
export async function withClip<Result>(
  path: string,
  { size, configuration }: { readonly size: number; readonly configuration: Configuration },
  use: (opened: OpenedClip, reader: ClipReader) => Promise<Result>,
): Promise<Result> {
  const { limits, assessment } = configuration;
  if ((await stat(path)).isDirectory()) throw new AgentError('REQUEST_INVALID', `${path} is a folder: name one file.`);
  const { readerTimeMs: timeLimitMs, readerMemoryMb: memoryLimitMb } = limits;
  const reader = createClipReader({ workers: 1, timeLimitMs, memoryLimitMb });
  try {
    const facts = await reader.examine(path);
    if (!facts.image) throw new AgentError('REQUEST_INVALID', `${path} is not an image.`);
    const byHeader = judgeHeader(facts, assessment.framesMin);
    const region = byHeader.kind === 'eligible' ? byHeader.region : undefined;
    const frameIndices = selectFrames(facts.image.frames);
    const clip = await reader.prepare(path, { frameIndices, size, ...(region && { region }) });
    const judged = byHeader.kind === 'eligible' ? judgePixels(byHeader, clip.facts) : byHeader;
    const ineligible = judged.kind === 'ineligible' ? ineligibilities[judged.because] : undefined;
    return await use({ clip, ineligible }, reader);
  } finally {
    await reader.close();
  }
}
