import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Context } from 'koa';
import type { AgentEvent } from '#domain/event';
import { type ArchiveSettings, createPoller } from '#dicomweb/poller';
import { createDicomWebRouter } from '#dicomweb/server/router';
import { AgentError } from '#domain/errors';
import type { Receive } from '#src/ports';
import { makeDicom, type Wanted } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import { createArchive, type TestArchive } from './archive.ts';
import { serve } from './serve.ts';

// The archive looked through is our own server; before it stands what makes its answers odd.
let remote: TestArchive;
let local: TestArchive;
let server: Awaited<ReturnType<typeof serve>>;
let odd: (context: Context, next: () => Promise<unknown>) => Promise<unknown>;
let requests: string[];
let events: AgentEvent[];
const clock = manualClock(Date.UTC(2026, 0, 6));
const quiet = new AbortController().signal;

beforeEach(async () => {
  remote = await createArchive();
  local = await createArchive();
  odd = (_, next) => next();
  requests = [];
  events = [];
  const router = createDicomWebRouter({
    ...remote,
    reader: { frames: () => Promise.reject(new Error()) },
    publish: () => {},
    limits: { resultsMax: 100, partsMax: 5 },
  });
  server = await serve((app) => {
    app.use((context, next) => {
      requests.push(context.path.replace('/dicom-web', ''));
      return odd(context, next);
    });
    app.use(router.routes());
  });
});

afterEach(async () => {
  await server.stop();
  await remote.remove();
  await local.remove();
});

async function hold(
  archive: TestArchive,
  wanted: Omit<Wanted, 'series' | 'sopInstance'> & { series?: string; number: number },
) {
  const series = wanted.series ?? `${wanted.study}.1`;
  const reception = await archive.receive({ kind: 'stow-rs', address: 'test' });
  reception.sink.end(makeDicom({ ...wanted, series, sopInstance: `${series}.${wanted.number}`, frames: [1] }));
  await reception.keep();
}

function poller({
  receive = local.receive,
  url = `${server.url}/dicom-web`,
  ...settings
}: Partial<ArchiveSettings> & { receive?: Receive } = {}) {
  const archive: ArchiveSettings = {
    name: 'far',
    url,
    authorization: { kind: 'none' },
    timeoutMs: 2000,
    modalities: ['US'],
    lookbackDays: 7,
    pageSize: 2,
    ...settings,
  };
  return createPoller({ archive, ledger: local.ledger, receive, clock, publish: (event) => events.push(event) });
}

const held = () => local.instances.map(({ facts }) => facts.sopInstance).toSorted();

test('what is new is taken, byte for byte, page after page, and once', async () => {
  for (let study = 1; study <= 5; study += 1)
    for (let number = 1; number <= 3; number += 1) await hold(remote, { study: `1.2.${study}`, number });
  expect(await poller().poll(quiet)).toEqual({ studies: 5, instances: 15, failed: 0 });
  expect(held()).toEqual(remote.instances.map(({ facts }) => facts.sopInstance).toSorted());
  expect(await local.read('1.2.3.1.2')).toEqual(await remote.read('1.2.3.1.2'));
  requests = [];
  expect(await poller().poll(quiet)).toEqual({ studies: 5, instances: 0, failed: 0 });
  expect(requests.every((path) => path === '/studies')).toBe(true);
  expect(local.count).toMatchObject({ opened: 15, repeated: 0 });
  expect(events.map(({ kind }) => kind)).toEqual(['archive-polled', 'archive-polled']);
});

test('a late series is found', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  await poller().poll(quiet);
  await hold(remote, { study: '1.2.1', series: '1.2.1.9', number: 1 });
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1 });
  expect(held()).toEqual(['1.2.1.1.1', '1.2.1.9.1']);
});

test('other modalities, other days and what we hold already are left alone', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  await hold(remote, { study: '1.2.1', series: '1.2.1.5', number: 1, modality: 'SR' });
  await hold(remote, { study: '1.2.1', series: '1.2.1.6', number: 1 });
  await hold(remote, { study: '1.2.2', number: 1, modality: 'CT' });
  await hold(remote, { study: '1.2.3', number: 1, studyDate: '20250105' });
  await hold(local, { study: '1.2.1', series: '1.2.1.6', number: 1 });
  expect(await poller().poll(quiet)).toEqual({ studies: 1, instances: 1, failed: 0 });
  expect(held()).toEqual(['1.2.1.1.1', '1.2.1.6.1']);
});

test('a study of which the archive does not count the instances is looked at every time', async () => {
  odd = async (context, next) => {
    await next();
    const studies =
      typeof context.body === 'string' && context.path.endsWith('/studies') ? JSON.parse(context.body) : undefined;
    for (const study of studies ?? []) delete study['00201208'];
    if (studies) context.body = JSON.stringify(studies);
  };
  await hold(remote, { study: '1.2.1', number: 1 });
  await poller().poll(quiet);
  await hold(remote, { study: '1.2.1', number: 2 });
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1 });
});

test('an archive that gives fewer at once than asked is read to its end', async () => {
  for (let study = 1; study <= 7; study += 1) await hold(remote, { study: `1.2.${study}`, number: 1 });
  expect(await poller({ pageSize: 500 }).poll(quiet)).toMatchObject({ studies: 7 });
  odd = (context, next) => {
    context.querystring = context.querystring.replace(/limit=\d+/, 'limit=3');
    return next();
  };
  await local.ledger.saveCheckpoint('poll far', 'not JSON');
  expect(await poller({ pageSize: 500 }).poll(quiet)).toMatchObject({ studies: 7, instances: 0 });
});

test('an archive that ignores the offset ends the look with a reason, after what it gave', async () => {
  for (let study = 1; study <= 5; study += 1) await hold(remote, { study: `1.2.${study}`, number: 1 });
  odd = (context, next) => {
    context.querystring = context.querystring.replace(/offset=\d+/, 'offset=0');
    return next();
  };
  expect(await poller().poll(quiet)).toMatchObject({
    studies: 2,
    instances: 2,
    error: { code: 'ARCHIVE_ANSWER_UNUSABLE' },
  });
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'archive-poll-failed', detail: expect.stringMatching(/offset/) }),
  );
  requests = [];
  expect(await poller({ pageSize: 50 }).poll(quiet)).toMatchObject({ studies: 5, instances: 3 });
});

test('an archive that gives one page only of a search by modality, as Orthanc does, is listed by date alone', async () => {
  for (let study = 1; study <= 5; study += 1)
    await hold(remote, { study: `1.2.${study}`, number: 1, modality: study === 4 ? 'SR' : 'US' });
  odd = async (context, next) => {
    if (/ModalitiesInStudy.*offset=[1-9]/.test(context.querystring)) context.body = '[]';
    else await next();
  };
  expect(await poller().poll(quiet)).toEqual({ studies: 4, instances: 4, failed: 0 });
});

test('a study of two wanted modalities is looked at once', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  await hold(remote, { study: '1.2.1', series: '1.2.1.2', number: 1, modality: 'IVUS' });
  expect(await poller({ modalities: ['US', 'IVUS'] }).poll(quiet)).toEqual({ studies: 1, instances: 2, failed: 0 });
});

test('one instance that cannot be had stops no other, and is asked for again', async () => {
  for (let number = 1; number <= 4; number += 1) await hold(remote, { study: '1.2.1', number });
  await hold(remote, { study: '1.2.2', number: 1 });
  const broken = (context: Context) => context.path.endsWith('/1.2.1.1.2');
  odd = async (context, next) => {
    if (broken(context)) context.status = 500;
    else await next();
  };
  expect(await poller().poll(quiet)).toMatchObject({ instances: 4, failed: 1 });
  odd = async (context, next) => {
    if (broken(context)) context.req.socket.destroy();
    else await next();
  };
  expect(await poller().poll(quiet)).toEqual({ studies: 2, instances: 0, failed: 1 });
  odd = (_, next) => next();
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1, failed: 0 });
  expect(held()).toHaveLength(5);
});

test('another object than the one asked for is refused once, and not fetched for ever', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  await hold(remote, { study: '1.2.1', number: 2 });
  odd = (context, next) => {
    if (context.path.endsWith('/1.2.1.1.2')) context.path = context.path.replace(/2$/, '1');
    return next();
  };
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1, failed: 1 });
  expect(await poller().poll(quiet)).toMatchObject({ instances: 0, failed: 0 });
  await hold(remote, { study: '1.2.1', number: 3 });
  requests = [];
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1, failed: 0 });
  expect(requests.filter((path) => /instances\//.test(path))).toEqual([
    '/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.3',
  ]);
});

test('a study that cannot be listed stops no other', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  await hold(remote, { study: '1.2.2', number: 1 });
  odd = async (context, next) => {
    if (context.path.endsWith('/studies/1.2.2/series')) context.body = '<html>';
    else await next();
  };
  expect(await poller().poll(quiet)).toMatchObject({ instances: 1, error: { code: 'ARCHIVE_ANSWER_UNUSABLE' } });
});

test('an archive that goes away ends the look; the next one catches up', async () => {
  for (let study = 1; study <= 4; study += 1) await hold(remote, { study: `1.2.${study}`, number: 1 });
  let fetched = 0;
  odd = async (context, next) => {
    if (/instances\//.test(context.path)) fetched += 1;
    if (fetched > 2) context.req.socket.destroy();
    else await next();
  };
  expect(await poller().poll(quiet)).toMatchObject({ instances: 2, error: { code: 'ARCHIVE_UNREACHABLE' } });
  expect(events.at(-1)).toMatchObject({ kind: 'archive-poll-failed', archive: 'far', code: 'ARCHIVE_UNREACHABLE' });
  odd = (_, next) => next();
  expect(await poller().poll(quiet)).toEqual({ studies: 4, instances: 2, failed: 0 });
});

test.each([502, 503, 504])(
  'a gateway that answers %d for an absent archive is an archive that is away',
  async (status) => {
    odd = async (context) => void (context.status = status);
    expect(await poller().poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
  },
);

test.each(['STORAGE_FULL', 'TOO_BUSY'] as const)('%s at our door ends the look', async (code) => {
  for (let study = 1; study <= 3; study += 1) await hold(remote, { study: `1.2.${study}`, number: 1 });
  const receive = () => Promise.reject(new AgentError(code, ''));
  expect(await poller({ receive }).poll(quiet)).toMatchObject({ instances: 0, error: { code } });
  expect(requests.filter((path) => /instances\//.test(path))).toEqual([]);
});

test('a look that is stopped ends at once, and says nothing of failure', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  const stopping = new AbortController();
  odd = async () => {
    stopping.abort();
    await new Promise(() => {});
  };
  await poller().poll(stopping.signal);
  expect(events).toEqual([]);
});

test('a port that fetch refuses is named, with the way out', async () => {
  const { error } = await poller({ url: 'http://127.0.0.1:6000/dicom-web' }).poll(quiet);
  expect(error).toMatchObject({
    code: 'ARCHIVE_UNREACHABLE',
    detail: expect.stringMatching(/port 6000.*another port/),
  });
});

test('an archive that falls silent is given up', async () => {
  odd = () => new Promise(() => {});
  const { error } = await poller({ timeoutMs: 100 }).poll(quiet);
  expect(error).toMatchObject({ code: 'ARCHIVE_UNREACHABLE', detail: expect.stringMatching(/TimeoutError/) });
});

test('an archive that drips is given up', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  odd = async (context, next) => {
    if (!/instances\//.test(context.path)) return next();
    context.type = 'application/dicom';
    context.body = Readable.from(drops());
    return undefined;
  };
  async function* drops() {
    for (;;) {
      yield Buffer.from('x');
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
  expect(await poller({ timeoutMs: 500 }).poll(quiet)).toMatchObject({ instances: 0, failed: 1 });
  expect(local.count.discarded).toBe(1);
});

test('credentials go along; a token in a file is read anew', async () => {
  const seen = new Set<string>();
  odd = (context, next) => {
    seen.add(context.get('Authorization'));
    return next();
  };
  await poller({ authorization: { kind: 'basic', user: 'echo', password: 'päss' } }).poll(quiet);
  await poller({ authorization: { kind: 'bearer', token: 'T' } }).poll(quiet);
  const folder = await mkdtemp(join(tmpdir(), 'token-'));
  const guarded = poller({ authorization: { kind: 'bearer-file', path: join(folder, 'token') } });
  for (const token of ['first', 'second']) {
    await writeFile(join(folder, 'token'), `${token}\n`);
    await guarded.poll(quiet);
  }
  await rm(folder, { recursive: true });
  expect(await guarded.poll(quiet)).toMatchObject({ error: { code: 'CONFIGURATION_INVALID' } });
  expect([...seen]).toEqual([
    `Basic ${Buffer.from('echo:päss').toString('base64')}`,
    'Bearer T',
    'Bearer first',
    'Bearer second',
  ]);
});

test('an archive whose pages never end is given up', async () => {
  const made = { count: 0 };
  odd = async (context) => {
    context.body = JSON.stringify(
      Array.from({ length: 2500 }, () => ({ '0020000D': { vr: 'UI', Value: [`1.2.${(made.count += 1)}`] } })),
    );
  };
  const { error, instances } = await poller({ pageSize: 2500 }).poll(quiet);
  expect(error).toMatchObject({ code: 'ARCHIVE_ANSWER_UNUSABLE', detail: expect.stringMatching(/more than 20000/) });
  expect([instances, local.count.opened]).toEqual([0, 0]);
  expect(made.count).toBeLessThan(25_000);
});

test('an answer that is longer than any page is given up', async () => {
  odd = async (context) => {
    context.type = 'application/dicom+json';
    context.body = Readable.from(endless());
  };
  function* endless() {
    yield '[';
    for (;;) yield ' '.repeat(1 << 20);
  }
  expect(await poller().poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_ANSWER_UNUSABLE' } });
});

test('an object without an end is refused at our limit, and not fetched again', async () => {
  await local.remove();
  local = await createArchive({ bytesMax: 5_000_000 });
  await hold(remote, { study: '1.2.1', number: 1 });
  odd = async (context, next) => {
    if (!/instances\//.test(context.path)) return next();
    context.type = 'application/dicom';
    context.body = Readable.from(endless());
    return undefined;
  };
  function* endless() {
    for (;;) yield Buffer.alloc(1 << 20);
  }
  expect(await poller().poll(quiet)).toMatchObject({ instances: 0, failed: 1 });
  requests = [];
  expect(await poller().poll(quiet)).toMatchObject({ instances: 0, failed: 0 });
  expect(requests.filter((path) => /instances\//.test(path))).toEqual([]);
});

test('a redirect within the archive is followed; to another host it is not, and no credentials go there', async () => {
  await hold(remote, { study: '1.2.1', number: 1 });
  const strangers: string[] = [];
  const stranger = await serve((app) => app.use((context) => void strangers.push(context.get('Authorization'))));
  odd = async (context, next) => {
    if (context.path.startsWith('/moved/')) {
      context.path = context.path.replace('/moved', '');
      await next();
    } else context.redirect(`/moved${context.url}`);
  };
  const authorization = { kind: 'bearer', token: 'T' } as const;
  expect(await poller({ authorization }).poll(quiet)).toMatchObject({ instances: 1 });
  odd = async (context) => context.redirect(`${stranger.url}${context.url}`);
  expect(await poller({ authorization }).poll(quiet)).toMatchObject({
    error: { code: 'ARCHIVE_UNREACHABLE', detail: expect.stringMatching(/sends us elsewhere/) },
  });
  odd = async (context) => context.redirect(context.url);
  expect(await poller({ authorization }).poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
  await stranger.stop();
  expect(strangers).toEqual([]);
});

test.each<[string, string, number]>([
  ['text', 'many', 0],
  ['a list of text', '["a"]', 0],
  ['data sets without a UID', '[{}]', 0],
  ['a UID that climbs', '[{"0020000D":{"vr":"UI","Value":["../../admin"]}}]', 0],
  ['null', 'null', 0],
])('an archive that answers a search with %s has no studies for us', async (_, body, studies) => {
  odd = async (context) => {
    context.type = 'application/dicom+json';
    context.body = body;
  };
  const result = await poller().poll(quiet);
  expect(result).toMatchObject({ studies, instances: 0 });
  expect(requests.every((path) => path === '/studies')).toBe(true);
});
