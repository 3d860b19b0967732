import type { PreparedClip } from '#domain/clip';
import { Identifying } from '#domain/identifying';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import type { ClipReader, Frames } from '#src/ports';
import { ReaderPool, type PoolSettings } from './pool.ts';

/**
 * Reads clips in worker threads: a file that makes one hang, crash or swell costs its own call only. A sender waits for
 * headers, so they have a reader of their own, and those of pixels leave it the processor.
 */
export function createClipReader(settings: PoolSettings): ClipReader {
  const headers = new ReaderPool({ ...settings, workers: 1 });
  const pixels = new ReaderPool({ ...settings, isBackground: true });
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
    async close() {
      await Promise.all([headers.close(), pixels.close()]);
    },
  };
}
