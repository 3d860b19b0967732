import type { AgentEvent } from '#domain/event';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { makeDicom } from '#test/support/make-dicom';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';

export const viewer = 'https://viewer.example';
export const one = {
  study: '1.2.1',
  series: '1.2.1.1',
  sopInstance: '1.2.1.1.1',
  frames: [10, 200, 90],
  patientName: 'Ōsaka^Tarō',
};
export const two = { ...one, sopInstance: '1.2.1.1.2', frames: [50], more: { InstanceNumber: 2 } };
export const report = {
  study: '1.2.1',
  series: '1.2.1.2',
  sopInstance: '1.2.1.2.1',
  modality: 'SR',
  sopClass: '1.2.840.10008.5.1.4.1.1.88.34',
};
export const big = {
  ...one,
  study: '1.2.3',
  series: '1.2.3.1',
  sopInstance: '1.2.3.1.1',
  frames: Array<number>(3000).fill(1),
};
export const other = {
  study: '1.2.2',
  series: '1.2.2.1',
  sopInstance: '1.2.2.1.1',
  frames: [1],
  patientId: 'P2',
  studyDate: '20251231',
};

/** Our server over an archive that holds `other`, `one`, `two` and `report`, stored through it in that order. */
export interface Served {
  readonly archive: TestArchive;
  readonly url: string;
  readonly events: readonly AgentEvent[];
  stop(): Promise<void>;
}

export async function createServed(): Promise<Served> {
  const archive = await createArchive({ bytesMax: 40_000 });
  const events: AgentEvent[] = [];
  const router = createDicomWebRouter({
    ...archive,
    reader: {
      frames: async (_, [index = 0]) => ({
        rows: 4,
        columns: 4,
        pixels: [new Uint8Array(48).fill(one.frames[index]!)],
      }),
    },
    publish: (event) => events.push(event),
    limits: { resultsMax: 3, partsMax: 5 },
    origins: [viewer],
  });
  const server = await serve((app) => app.use(router.routes()).use(router.allowedMethods()));
  for (const wanted of [other, one, two, report]) await stow(server.url, [makeDicom(wanted)]);
  return {
    archive,
    url: server.url,
    events,
    async stop() {
      await server.stop();
      await archive.remove();
    },
  };
}

/** Sends a STOW-RS request. */
export async function stow(
  url: string,
  parts: readonly Uint8Array[],
  {
    path = '/studies',
    partType = 'application/dicom',
    type = 'multipart/related; type="application/dicom"; boundary=edge',
  } = {},
) {
  const body = Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`--edge\r\nContent-Type: ${partType}\r\n\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from('--edge--'),
  ]);
  return fetch(`${url}/dicom-web${path}`, { method: 'POST', headers: { 'Content-Type': type }, body });
}
