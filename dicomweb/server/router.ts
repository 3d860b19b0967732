import { Router } from '@koa/router';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Instance } from '#domain/instance';
import { parseUid } from '#domain/uid';
import type { Catalogue } from '#src/ports/archives';
import type { ClipReader, InstanceFiles, Receive, PartReader } from '#src/ports';
import type { Level } from './attributes.ts';
import { sendBulkValue } from './bulk-value.ts';
import { commit, type Vouch } from './commitment.ts';
import { createCors } from './cors.ts';
import { parseFrameList, sendFrames, sendPixelData } from './frames.ts';
import { metadataOf } from './metadata.ts';
import { find } from './qido.ts';
import type { Patience } from './patience.ts';
import { sendPicture } from './rendered.ts';
import { requireJson, sendJson, warn } from './respond.ts';
import { sendInstances } from './retrieve.ts';
import { parseSearch } from './search.ts';
import { store } from './stow.ts';
import { type Urls, urlsBelow } from './urls.ts';

export interface DicomWebDoors {
  readonly catalogue: Catalogue;
  readonly files: Pick<InstanceFiles, 'path'>;
  readonly reader: Pick<ClipReader, 'frames'>;
  readonly parts: PartReader;
  readonly receive: Receive;
  readonly publish: Publish;
  /** Answers who asks us to commit; not offered where it is not set. */
  readonly vouch?: Vouch;
  readonly limits: DicomWebLimits;
  /** Origins of web viewers that may read, such as `https://viewer.example`. */
  readonly origins?: readonly string[];
  /** The address under which the service is known, where it is not the one that is asked. */
  readonly publicUrl?: string;
}

interface DicomWebLimits {
  /** Most results of one search. */
  readonly resultsMax: number;
  /** Most objects of one STOW-RS request. */
  readonly partsMax: number;
  /** How long, and how long a request, we listen to. */
  readonly patience?: Patience;
}

const defaultPatience: Patience = { silenceMs: 60_000, bytesMax: 4 * 2 ** 30 };

const prefix = '/dicom-web';
const study = '/studies/:study';
const series = `${study}/series/:series`;
const instance = `${series}/instances/:instance`;

/** The archive as a DICOMweb service: QIDO-RS, WADO-RS and STOW-RS (PS3.18 section 10), and Storage Commitment (section 13). Faults are thrown for the application to answer. */
export function createDicomWebRouter(doors: DicomWebDoors): Router {
  const router = new Router({ prefix });
  router.use(createCors(doors.origins ?? []));
  router.options('/{*resource}', () => {}); // answered by the line above
  addSearches(router, doors);
  addRetrievals(router, doors);
  addPictures(router, doors);
  for (const path of ['/studies', study])
    router.post(path, (context) =>
      store(context, context.params['study'] === undefined ? undefined : uid(context, 'study'), {
        ...doors,
        urls: urlsOf(context, doors),
        partsMax: doors.limits.partsMax,
        patience: doors.limits.patience ?? defaultPatience,
      }),
    );
  const { vouch } = doors;
  if (vouch)
    router.post('/commitment-requests/:transaction', (context) =>
      commit(context, { vouch, patience: doors.limits.patience ?? defaultPatience }),
    );
  return router;
}

function addSearches(router: Router, doors: DicomWebDoors): void {
  const search = (level: Level) => async (context: Context) => {
    const asked = parseSearch(new URLSearchParams(context.querystring));
    const query = { level, within: within(context), search: asked, urls: urlsOf(context, doors) };
    requireJson(context);
    const { datasets, hasMore } = await find(doors.catalogue, query, doors.limits.resultsMax);
    for (const sentence of asked.warnings) warn(context, sentence);
    if (hasMore) warn(context, 'There are additional results that can be requested.');
    if (datasets.length > 0) return sendJson(context, datasets);
    context.status = 204;
  };
  router.get('/studies', search('study'));
  for (const path of ['/series', `${study}/series`]) router.get(path, search('series'));
  for (const path of ['/instances', `${study}/instances`, `${series}/instances`]) router.get(path, search('instance'));
}

function addRetrievals(router: Router, doors: DicomWebDoors): void {
  for (const path of [study, series, instance]) {
    router.get(path, async (context) => {
      const urls = urlsOf(context, doors);
      await sendInstances(context, await instancesAt(context, doors), { files: doors.files, urls });
    });
    router.get(`${path}/metadata`, async (context) => {
      const urls = urlsOf(context, doors);
      const instances = await instancesAt(context, doors);
      sendJson(
        context,
        instances.map((one) => metadataOf(one, urls.instance(one.facts))),
      );
    });
  }
  const place = ({ facts, file }: Instance, context: Context) => ({
    parts: doors.parts,
    path: doors.files.path({ file }),
    url: urlsOf(context, doors).instance(facts),
  });
  router.get(`${instance}/frames/:frames`, async (context) => {
    const { image, one } = imageOf(await instancesAt(context, doors));
    const frameIndices = parseFrameList(String(context.params['frames']), image.frames);
    await sendFrames(context, one, { ...place(one, context), frameIndices });
  });
  router.get(`${instance}/bulkdata`, async (context) => {
    const { one } = imageOf(await instancesAt(context, doors));
    await sendPixelData(context, one, place(one, context));
  });
  router.get(`${instance}/bulkdata/:tag`, async (context) => {
    const [one] = await instancesAt(context, doors);
    await sendBulkValue(context, doors.parts, {
      ...place(one!, context),
      tag: String(context.params['tag']).toUpperCase(),
    });
  });
}

function addPictures(router: Router, doors: DicomWebDoors): void {
  const send = async (context: Context, size?: { readonly width: number; readonly height: number }) => {
    const { image, one } = imageOf(await instancesAt(context, doors));
    const [frameIndex = 0, ...others] = parseFrameList(context['params']['frames'] ?? '1', image.frames);
    if (others.length > 0) throw new AgentError('REQUEST_INVALID', 'One picture shows one frame.');
    await sendPicture(context, doors.reader, {
      path: doors.files.path(one),
      frameIndex,
      ...(size && { within: size }),
    });
  };
  for (const path of [instance, `${instance}/frames/:frames`])
    router.get(`${path}/rendered`, (context) => send(context));
  for (const path of [study, series, instance, `${instance}/frames/:frames`])
    router.get(`${path}/thumbnail`, (context) => send(context, { width: 128, height: 128 }));
}

function urlsOf(context: Context, { publicUrl }: DicomWebDoors): Urls {
  return urlsBelow(publicUrl ?? `${context.protocol}://${context.host}${prefix}`);
}

/** The instances that the URL names. Throws NOT_FOUND where there are none. */
async function instancesAt(context: Context, { catalogue }: DicomWebDoors): Promise<readonly Instance[]> {
  const instances = await catalogue.instances({
    ...within(context),
    ...(context['params']['instance'] !== undefined && { sopInstance: uid(context, 'instance') }),
  });
  if (instances.length === 0) throw new AgentError('NOT_FOUND', 'The archive holds nothing at this address.');
  return instances;
}

function imageOf(instances: readonly Instance[]) {
  const one = instances.find(({ facts }) => facts.image);
  if (!one?.facts.image) throw new AgentError('NOT_ACCEPTABLE', 'The object is not an image.');
  return { one, image: one.facts.image };
}

function within(context: Context) {
  const { params } = context as { params?: Readonly<Record<string, string>> } & Context;
  return {
    ...(params?.['study'] !== undefined && { study: uid(context, 'study') }),
    ...(params?.['series'] !== undefined && { series: uid(context, 'series') }),
  };
}

function uid(context: Context, name: 'study' | 'series' | 'instance'): string {
  const found = parseUid(String(context['params'][name]));
  if (!found) throw new AgentError('REQUEST_INVALID', `The address holds no ${name} UID where one must stand.`);
  return found;
}
