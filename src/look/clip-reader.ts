import type { PreparedClip } from '#domain/clip';
import { Identifying } from '#domain/identifying';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import type { ClipReader, Frames } from '#src/ports';
import { ReaderPool, type PoolSettings } from './pool.ts';

/** Reads clips in worker threads: a file that makes one hang, crash or swell costs its own call only. */
export function createClipReader(settings: PoolSettings): ClipReader {
  const pool = new ReaderPool(settings);
  return {
    async examine(path) {
      const { facts, attributes } = (await pool.ask({ kind: 'examine', path })) as {
        facts: Omit<InstanceFacts, 'attributes'>;
        attributes: DicomJson;
      };
      return { ...facts, attributes: new Identifying(attributes) };
    },
    prepare: async (path, request) => (await pool.ask({ kind: 'prepare', path, request })) as PreparedClip,
    frames: async (path, frameIndices) => (await pool.ask({ kind: 'frames', path, frameIndices })) as Frames,
    close: () => pool.close(),
  };
}
