import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createArchive } from './archive.ts';
import { createFarArchive, type FarArchive, hold, quiet } from './far-archive.ts';
import { serve } from './serve.ts';

// An archive that says what is not so, never ends, or sends us to somebody else.
let far: FarArchive;

beforeEach(async () => {
  far = await createFarArchive();
});

afterEach(() => far.stop());

test('another object than the one asked for is refused once, and not fetched for ever', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await hold(far.remote, { study: '1.2.1', number: 2 });
  far.odd = (context, next) => {
    if (context.path.endsWith('/1.2.1.1.2')) context.path = context.path.replace(/2$/, '1');
    return next();
  };
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1, failed: 1 });
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 0, failed: 0 });
  await hold(far.remote, { study: '1.2.1', number: 3 });
  far.requests = [];
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1, failed: 0 });
  expect(far.requests.filter((path) => /instances\//.test(path))).toEqual([
    '/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.3',
  ]);
});

test('an archive that falls silent is given up', async () => {
  far.odd = () => new Promise(() => {});
  const { error } = await far.poller({ timeoutMs: 100 }).poll(quiet);
  expect(error).toMatchObject({ code: 'ARCHIVE_UNREACHABLE', detail: expect.stringMatching(/TimeoutError/) });
});

test('an archive that drips is given up', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  far.odd = async (context, next) => {
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
  expect(await far.poller({ timeoutMs: 500 }).poll(quiet)).toMatchObject({ instances: 0, failed: 1 });
  expect(far.local.count.discarded).toBe(1);
});

test('an archive whose pages never end is given up', async () => {
  const made = { count: 0 };
  far.odd = async (context) => {
    context.body = JSON.stringify(
      Array.from({ length: 2500 }, () => ({ '0020000D': { vr: 'UI', Value: [`1.2.${(made.count += 1)}`] } })),
    );
  };
  const { error, instances } = await far.poller({ pageSize: 2500 }).poll(quiet);
  expect(error).toMatchObject({ code: 'ARCHIVE_ANSWER_UNUSABLE', detail: expect.stringMatching(/more than 20000/) });
  expect([instances, far.local.count.opened]).toEqual([0, 0]);
  expect(made.count).toBeLessThan(25_000);
});

test('an answer that is longer than any page is given up', async () => {
  far.odd = async (context) => {
    context.type = 'application/dicom+json';
    context.body = Readable.from(endless());
  };
  function* endless() {
    yield '[';
    for (;;) yield ' '.repeat(1 << 20);
  }
  expect(await far.poller().poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_ANSWER_UNUSABLE' } });
});

test('an object without an end is refused at our limit, and not fetched again', async () => {
  await far.local.remove();
  far.local = await createArchive({ bytesMax: 5_000_000 });
  await hold(far.remote, { study: '1.2.1', number: 1 });
  far.odd = async (context, next) => {
    if (!/instances\//.test(context.path)) return next();
    context.type = 'application/dicom';
    context.body = Readable.from(endless());
    return undefined;
  };
  function* endless() {
    for (;;) yield Buffer.alloc(1 << 20);
  }
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 0, failed: 1 });
  far.requests = [];
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 0, failed: 0 });
  expect(far.requests.filter((path) => /instances\//.test(path))).toEqual([]);
});

test('a redirect within the archive is followed; to another host it is not, and no credentials go there', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  const strangers: string[] = [];
  const stranger = await serve((app) => app.use((context) => void strangers.push(context.get('Authorization'))));
  far.odd = async (context, next) => {
    if (context.path.startsWith('/moved/')) {
      context.path = context.path.replace('/moved', '');
      await next();
    } else context.redirect(`/moved${context.url}`);
  };
  const authorization = { kind: 'bearer', token: 'T' } as const;
  expect(await far.poller({ authorization }).poll(quiet)).toMatchObject({ instances: 1 });
  far.odd = async (context) => context.redirect(`${stranger.url}${context.url}`);
  expect(await far.poller({ authorization }).poll(quiet)).toMatchObject({
    error: { code: 'ARCHIVE_UNREACHABLE', detail: expect.stringMatching(/sends us elsewhere/) },
  });
  far.odd = async (context) => context.redirect(context.url);
  expect(await far.poller({ authorization }).poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
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
  far.odd = async (context) => {
    context.type = 'application/dicom+json';
    context.body = body;
  };
  const result = await far.poller().poll(quiet);
  expect(result).toMatchObject({ studies, instances: 0 });
  expect(far.requests.every((path) => path === '/studies')).toBe(true);
});
