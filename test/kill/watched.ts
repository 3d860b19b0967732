import { createDicomWebRouter } from '#dicomweb/server/router';
import { createArchive } from '#test/dicomweb/archive';
import { serve } from '#test/dicomweb/serve';
import type { Sample } from './sample.ts';

/** An archive that the agent watches; it counts how often each object is fetched. */
export interface Watched {
  readonly url: string;
  readonly fetched: ReadonlyMap<string, number>;
  hold(samples: readonly Sample[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startWatched(): Promise<Watched> {
  const archive = await createArchive();
  const fetched = new Map<string, number>();
  const router = createDicomWebRouter({
    ...archive,
    reader: { frames: () => Promise.reject(new Error('no pixels are asked for')) },
    publish: () => undefined,
    limits: { resultsMax: 100, partsMax: 5 },
  });
  const server = await serve((app) => {
    app.use((context, next) => {
      const uid = /\/instances\/([\d.]+)$/.exec(context.path)?.[1];
      if (uid !== undefined) fetched.set(uid, (fetched.get(uid) ?? 0) + 1);
      return next();
    });
    app.use(router.routes());
  });
  return {
    url: `${server.url}/dicom-web`,
    fetched,
    async hold(samples) {
      for (const { file } of samples) {
        const reception = await archive.receive({ kind: 'stow-rs', address: 'test' });
        reception.sink.end(file);
        await reception.keep();
      }
    },
    async stop() {
      await server.stop();
      await archive.remove();
    },
  };
}
