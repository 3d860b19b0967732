import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { Receive } from '#src/ports';
import { createLedger } from '#store/ledger';
import { openDatabase } from '#store/open';
import { createFarArchive, type FarArchive, hold, quiet } from './far-archive.ts';

let far: FarArchive;

beforeEach(async () => {
  far = await createFarArchive();
});

afterEach(() => far.stop());

test('what is new is taken, byte for byte, page after page, and once', async () => {
  for (let study = 1; study <= 5; study += 1)
    for (let number = 1; number <= 3; number += 1) await hold(far.remote, { study: `1.2.${study}`, number });
  expect(await far.poller().poll(quiet)).toEqual({ studies: 5, instances: 15, failed: 0 });
  expect(far.held()).toEqual(far.remote.instances.map(({ facts }) => facts.sopInstance).toSorted());
  expect(await far.local.read('1.2.3.1.2')).toEqual(await far.remote.read('1.2.3.1.2'));
  far.requests = [];
  expect(await far.poller().poll(quiet)).toEqual({ studies: 5, instances: 0, failed: 0 });
  expect(far.requests.every((path) => path === '/studies')).toBe(true);
  expect(far.local.count).toMatchObject({ opened: 15, repeated: 0 });
  expect(far.events.map(({ kind }) => kind)).toEqual(['archive-polled', 'archive-polled']);
});

test('a late series is found', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await far.poller().poll(quiet);
  await hold(far.remote, { study: '1.2.1', series: '1.2.1.9', number: 1 });
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1 });
  expect(far.held()).toEqual(['1.2.1.1.1', '1.2.1.9.1']);
});

test('other modalities, other days and what we hold already are left alone', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await hold(far.remote, { study: '1.2.1', series: '1.2.1.5', number: 1, modality: 'SR' });
  await hold(far.remote, { study: '1.2.1', series: '1.2.1.6', number: 1 });
  await hold(far.remote, { study: '1.2.2', number: 1, modality: 'CT' });
  await hold(far.remote, { study: '1.2.3', number: 1, studyDate: '20250105' });
  await hold(far.local, { study: '1.2.1', series: '1.2.1.6', number: 1 });
  expect(await far.poller().poll(quiet)).toEqual({ studies: 1, instances: 1, failed: 0 });
  expect(far.held()).toEqual(['1.2.1.1.1', '1.2.1.6.1']);
});

test('a study of which the archive does not count the instances is looked at every time', async () => {
  far.odd = async (context, next) => {
    await next();
    const studies =
      typeof context.body === 'string' && context.path.endsWith('/studies') ? JSON.parse(context.body) : undefined;
    for (const study of studies ?? []) delete study['00201208'];
    if (studies) context.body = JSON.stringify(studies);
  };
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await far.poller().poll(quiet);
  await hold(far.remote, { study: '1.2.1', number: 2 });
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1 });
});

test('an archive that gives fewer at once than asked is read to its end', async () => {
  for (let study = 1; study <= 7; study += 1) await hold(far.remote, { study: `1.2.${study}`, number: 1 });
  expect(await far.poller({ pageSize: 500 }).poll(quiet)).toMatchObject({ studies: 7 });
  far.odd = (context, next) => {
    context.querystring = context.querystring.replace(/limit=\d+/, 'limit=3');
    return next();
  };
  await far.local.ledger.saveCheckpoint('poll far', 'not JSON');
  expect(await far.poller({ pageSize: 500 }).poll(quiet)).toMatchObject({ studies: 7, instances: 0 });
});

test('an archive that ignores the offset ends the look with a reason, after what it gave', async () => {
  for (let study = 1; study <= 5; study += 1) await hold(far.remote, { study: `1.2.${study}`, number: 1 });
  far.odd = (context, next) => {
    context.querystring = context.querystring.replace(/offset=\d+/, 'offset=0');
    return next();
  };
  expect(await far.poller().poll(quiet)).toMatchObject({
    studies: 2,
    instances: 2,
    error: { code: 'ARCHIVE_ANSWER_UNUSABLE' },
  });
  expect(far.events).toContainEqual(
    expect.objectContaining({ kind: 'archive-poll-failed', detail: expect.stringMatching(/offset/) }),
  );
  far.requests = [];
  expect(await far.poller({ pageSize: 50 }).poll(quiet)).toMatchObject({ studies: 5, instances: 3 });
});

test('an archive that gives one page only of a search by modality, as Orthanc does, is listed by date alone', async () => {
  for (let study = 1; study <= 5; study += 1)
    await hold(far.remote, { study: `1.2.${study}`, number: 1, modality: study === 4 ? 'SR' : 'US' });
  far.odd = async (context, next) => {
    if (/ModalitiesInStudy.*offset=[1-9]/.test(context.querystring)) context.body = '[]';
    else await next();
  };
  expect(await far.poller().poll(quiet)).toEqual({ studies: 4, instances: 4, failed: 0 });
});

test('a study of two wanted modalities is looked at once', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await hold(far.remote, { study: '1.2.1', series: '1.2.1.2', number: 1, modality: 'IVUS' });
  expect(await far.poller({ modalities: ['US', 'IVUS'] }).poll(quiet)).toEqual({ studies: 1, instances: 2, failed: 0 });
});

test('one instance that cannot be had stops no other, and is asked for again', async () => {
  for (let number = 1; number <= 4; number += 1) await hold(far.remote, { study: '1.2.1', number });
  await hold(far.remote, { study: '1.2.2', number: 1 });
  const broken = (context: Context) => context.path.endsWith('/1.2.1.1.2');
  far.odd = async (context, next) => {
    if (broken(context)) context.status = 500;
    else await next();
  };
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 4, failed: 1 });
  far.odd = async (context, next) => {
    if (broken(context)) context.req.socket.destroy();
    else await next();
  };
  expect(await far.poller().poll(quiet)).toEqual({ studies: 2, instances: 0, failed: 1 });
  far.odd = (_, next) => next();
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1, failed: 0 });
  expect(far.held()).toHaveLength(5);
});

test('a study that cannot be listed stops no other', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await hold(far.remote, { study: '1.2.2', number: 1 });
  far.odd = async (context, next) => {
    if (context.path.endsWith('/studies/1.2.2/series')) context.body = '<html>';
    else await next();
  };
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 1, error: { code: 'ARCHIVE_ANSWER_UNUSABLE' } });
});

test('an archive that goes away ends the look; the next one catches up', async () => {
  for (let study = 1; study <= 4; study += 1) await hold(far.remote, { study: `1.2.${study}`, number: 1 });
  let fetched = 0;
  far.odd = async (context, next) => {
    if (/instances\//.test(context.path)) fetched += 1;
    if (fetched > 2) context.req.socket.destroy();
    else await next();
  };
  expect(await far.poller().poll(quiet)).toMatchObject({ instances: 2, error: { code: 'ARCHIVE_UNREACHABLE' } });
  expect(far.events.at(-1)).toMatchObject({ kind: 'archive-poll-failed', archive: 'far', code: 'ARCHIVE_UNREACHABLE' });
  far.odd = (_, next) => next();
  expect(await far.poller().poll(quiet)).toEqual({ studies: 4, instances: 2, failed: 0 });
});

test.each([502, 503, 504])(
  'a gateway that answers %d for an absent archive is an archive that is away',
  async (status) => {
    far.odd = async (context) => void (context.status = status);
    expect(await far.poller().poll(quiet)).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
  },
);

test.each(['STORAGE_FULL', 'TOO_BUSY'] as const)('%s at our door ends the look', async (code) => {
  for (let study = 1; study <= 3; study += 1) await hold(far.remote, { study: `1.2.${study}`, number: 1 });
  const receive = () => Promise.reject(new AgentError(code, ''));
  expect(await far.poller({ receive }).poll(quiet)).toMatchObject({ instances: 0, error: { code } });
  expect(far.requests.filter((path) => /instances\//.test(path))).toEqual([]);
});

test('a look that is stopped ends at once, and says nothing of failure', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  const stopping = new AbortController();
  far.odd = async () => {
    stopping.abort();
    await new Promise(() => {});
  };
  await far.poller().poll(stopping.signal);
  expect(far.events).toEqual([]);
});

test('a port that fetch refuses is named, with the way out', async () => {
  const { error } = await far.poller({ url: 'http://127.0.0.1:6000/dicom-web' }).poll(quiet);
  expect(error).toMatchObject({
    code: 'ARCHIVE_UNREACHABLE',
    detail: expect.stringMatching(/port 6000.*another port/),
  });
});

test('credentials go along; a token in a file is read anew', async () => {
  const seen = new Set<string>();
  far.odd = (context, next) => {
    seen.add(context.get('Authorization'));
    return next();
  };
  await far.poller({ authorization: { kind: 'basic', user: 'echo', password: 'päss' } }).poll(quiet);
  await far.poller({ authorization: { kind: 'bearer', token: 'T' } }).poll(quiet);
  const folder = await mkdtemp(join(tmpdir(), 'token-'));
  const guarded = far.poller({ authorization: { kind: 'bearer-file', path: join(folder, 'token') } });
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

test('an archive that is away for an hour is asked again and again, and nothing of that hour is missed', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1 });
  const poller = far.poller();
  await poller.poll(quiet);
  far.odd = async (context) => void context.req.socket.destroy();
  for (let minute = 0; minute < 60; minute += 1) {
    far.clock.advance(60_000);
    if (minute % 20 === 0) await hold(far.remote, { study: `1.2.${minute + 2}`, number: 1 });
    expect(await poller.poll(quiet)).toMatchObject({ instances: 0, error: { code: 'ARCHIVE_UNREACHABLE' } });
  }
  far.odd = (_, next) => next();
  expect(await poller.poll(quiet)).toEqual({ studies: 4, instances: 3, failed: 0 });
  expect(far.local.count).toMatchObject({ kept: 4, repeated: 0 });
});

test.each([
  ['a day ahead of ours', '20260107'],
  ['a day behind ours', '20260105'],
])('a study that the archive dated by a clock %s is found', async (_name, studyDate) => {
  await hold(far.remote, { study: '1.2.1', number: 1, studyDate });
  expect(await far.poller({ lookbackDays: 1 }).poll(quiet)).toMatchObject({ studies: 1, instances: 1 });
});

test('a clock of ours that is set back, and forward again, neither loses a study nor takes one twice', async () => {
  await hold(far.remote, { study: '1.2.1', number: 1, studyDate: '20260106' });
  const poller = far.poller({ lookbackDays: 1 });
  await poller.poll(quiet);
  far.clock.advance(-10 * 86_400_000); // the study lies in the future now, and is forgotten
  expect(await poller.poll(quiet)).toEqual({ studies: 0, instances: 0, failed: 0 });
  await hold(far.remote, { study: '1.2.2', number: 1, studyDate: '20260106' });
  far.clock.advance(10 * 86_400_000);
  expect(await poller.poll(quiet)).toEqual({ studies: 2, instances: 1, failed: 0 });
  expect(far.local.count).toMatchObject({ kept: 2, repeated: 0 });
});

test('a poller that dies after any instance goes on where it stood, from the database as it is then', async () => {
  for (let study = 1; study <= 3; study += 1)
    for (let number = 1; number <= 2; number += 1) await hold(far.remote, { study: `1.2.${study}`, number });
  const folder = await mkdtemp(join(tmpdir(), 'poller-'));
  const taken = (): number => far.local.instances.length;
  for (let death = 0; ; death += 1) {
    // Each life has the database anew, and ends in the midst of keeping the second instance.
    const database = openDatabase(folder);
    const { checkpoint, saveCheckpoint } = createLedger(database, far.clock, { ownsFolder: true });
    const ledger = { ...far.local.ledger, checkpoint, saveCheckpoint };
    const dying = new AbortController();
    const before = taken();
    const receive: Receive = async (...given) => {
      if (taken() === before + 1) dying.abort();
      dying.signal.throwIfAborted();
      return far.local.receive(...given);
    };
    const { error } = await far.poller({ receive, ledger }).poll(dying.signal);
    database.close();
    if (!error) break;
    expect(death).toBeLessThan(6);
  }
  await rm(folder, { recursive: true });
  expect(taken()).toBe(6);
  expect(far.local.count).toMatchObject({ kept: 6, repeated: 0 });
});

test('several archives are looked through on their own: what two hold is kept once, and one that is away stops no other', async () => {
  const other = await createFarArchive();
  await hold(far.remote, { study: '1.2.1', number: 1 });
  await hold(other.remote, { study: '1.2.1', number: 1 });
  await hold(other.remote, { study: '1.2.2', number: 1 });
  const url = `${other.server.url}/dicom-web`;
  const [one, two] = [far.poller(), far.poller({ name: 'other', url })];
  far.odd = async (context) => void context.req.socket.destroy();
  const [away, there] = await Promise.all([one.poll(quiet), two.poll(quiet)]);
  expect(away).toMatchObject({ error: { code: 'ARCHIVE_UNREACHABLE' } });
  expect(there).toEqual({ studies: 2, instances: 2, failed: 0 });
  far.odd = (_, next) => next();
  expect(await one.poll(quiet)).toEqual({ studies: 1, instances: 0, failed: 0 });
  expect(far.local.count).toMatchObject({ kept: 2, repeated: 0 });
  expect(await far.local.ledger.checkpoint('poll far')).not.toBe(await far.local.ledger.checkpoint('poll other'));
  await other.stop();
});
