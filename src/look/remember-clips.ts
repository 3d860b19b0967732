import type { PreparedClip } from '#domain/clip';
import type { ClipReader, Preparation } from '#src/ports';

/**
 * A clip is prepared once for its early word, the assessment, the overlays and a question on the page: the last few are kept.
 * An archived file never changes, and nobody writes into a prepared clip.
 */
export function rememberClips(reader: ClipReader, most: number): ClipReader {
  const kept = new Map<string, Promise<PreparedClip>>();
  return {
    ...reader,
    prepare(path, request) {
      const { isUrgent: _, ...wanted } = request;
      const key = JSON.stringify([path, wanted satisfies Preparation]);
      const clip = kept.get(key) ?? reader.prepare(path, request);
      kept.delete(key);
      kept.set(key, clip); // the latest last
      if (kept.size > most) kept.delete(kept.keys().next().value!);
      clip.catch(() => kept.delete(key)); // whoever asked hears of it; the next one tries again
      return clip;
    },
  };
}
