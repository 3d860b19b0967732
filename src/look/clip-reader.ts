import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import { Identifying } from '#domain/identifying';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import type { ClipReader, Frames } from '#src/ports';
import { WorkerPool, type PoolSettings } from '#src/threads/worker-pool';
import type { Question } from './protocol.ts';

/**
 * Reads clips in worker threads: a file that makes one hang, crash or swell costs its own call only. A sender waits for
 * headers, so they have a reader of their own, and those of pixels leave it the processor; so have viewers, who ask for parts.
 */
export function createClipReader(settings: PoolSettings): ClipReader {
  const pool = (workers: number, isBackground: boolean, idleMs?: number) =>
    new WorkerPool<Question>(
      { ...settings, workers },
      {
        module: new URL('./worker.ts', import.meta.url),
        workerData: { isBackground },
        killed,
        ...(idleMs !== undefined && { idleMs }),
      },
    );
  const headers = pool(1, false);
  const pixels = pool(settings.workers, true);
  const parts = pool(1, true, partsIdleMs); // for viewers, who wait for no assessment
  return {
    async examine(path) {
      const { facts, attributes } = (await headers.ask({ kind: 'examine', path })) as {
        facts: Omit<InstanceFacts, 'attributes'>;
        attributes: DicomJson;
      };
      return { ...facts, attributes: new Identifying(attributes) };
    },
    prepare: async (path, { isUrgent, ...request }) =>
      (await pixels.ask({ kind: 'prepare', path, request }, { isUrgent })) as PreparedClip,
    frames: async (path, frameIndices) => (await pixels.ask({ kind: 'frames', path, frameIndices })) as Frames,
    encodedFrames: async (path, frameIndices) =>
      (await parts.ask({ kind: 'encoded-frames', path, frameIndices })) as Awaited<
        ReturnType<ClipReader['encodedFrames']>
      >,
    bulkValue: async (path, tag) => (await parts.ask({ kind: 'bulk-value', path, tag })) as Uint8Array | undefined,
    async close() {
      await Promise.all([headers.close(), pixels.close(), parts.close()]);
    },
  };
}

const partsIdleMs = 60_000;

/** What a worker that had to be killed means for the object it was reading. */
function killed({ kind }: Question, why: string): AgentError {
  const code = kind === 'examine' ? 'OBJECT_UNREADABLE' : 'PIXELS_UNDECODABLE';
  return new AgentError(code, `Reading it was stopped: ${why}.`);
}
