import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import { find } from '#dimse/find-scu';
import { createDimseArchive } from '#dimse/watched-archive';
import { AgentError } from '#domain/errors';
import type { ListedInstance, WatchedArchive } from '#src/ports/archives';
import { createArchive, type TestArchive } from '#test/dicomweb/archive';
import { makeDicom } from '#test/support/make-dicom';
import { manualClock } from '#test/support/manual-clock';
import {
  cancelRequest,
  findResponse,
  getResponse,
  moveResponse,
  startQueryPeer,
  type QueryPeer,
  type QueryScript,
} from './query-peer.ts';
import { usMultiframe } from './raw-peer.ts';

const quiet = new AbortController().signal;
const uids = { study: '1.2.1', series: '1.2.1.1', sopInstance: '1.2.1.1.1' };
const wanted: ListedInstance = { ...uids, sopClass: usMultiframe };
const file = makeDicom({ ...uids, frames: [1] });
const dataSet = file.subarray(file.indexOf(Buffer.from('080005004353', 'hex')));
const match = { '0020000D': '1.2.1', '00080061': 'US' };

let local: TestArchive;
let peer: QueryPeer;

beforeEach(async () => {
  local = await createArchive();
});

afterEach(async () => {
  await peer.stop();
  await local.remove();
});

async function archiveThat(
  script: QueryScript,
  { retrieve = 'c-get' }: { retrieve?: 'c-get' | 'c-move' } = {},
): Promise<WatchedArchive> {
  peer = await startQueryPeer(script);
  const window = { modalities: ['US'], lookbackDays: 2, timeoutMs: 3000 };
  const settings = { ...peer, name: 'old', callingAeTitle: 'APICAL', retrieve, ...window };
  return createDimseArchive(settings, manualClock(Date.UTC(2026, 0, 6)));
}

const open = () => local.receive({ kind: 'poll', archive: 'old' });

describe('a search', () => {
  test('takes what matches, and is content without counts', async () => {
    const archive = await archiveThat({
      answer({ respond }) {
        respond(findResponse, 0xff00, { ...match, '00201206': '2', '00201208': '57' });
        respond(findResponse, 0xff01, { '0020000D': '1.2.2' });
        respond(findResponse, 0xff00, { '0020000D': '1.2.3', '00080061': 'CT' });
        respond(findResponse, 0xff00, { '0020000D': 'not a UID' });
        respond(findResponse, 0);
      },
    });
    expect(await archive.studies(quiet)).toEqual({
      studies: [{ study: '1.2.1', counts: '2/57', instances: 57 }, { study: '1.2.2' }],
    });
  });

  test.each([
    [0xa700, /resources/],
    [0xa900, /A900H.*does not match its model/],
    [0xc123, /could not process/],
    [0x0124, /authorise/],
    [0x0122, /SOP class/],
    [0x4321, /4321H, no reason known/],
  ])('that ends with status %i cannot be used, and says why', async (status, said) => {
    const archive = await archiveThat({ answer: ({ respond }) => respond(findResponse, status) });
    await expect(archive.studies(quiet)).rejects.toMatchObject({
      code: 'ARCHIVE_ANSWER_UNUSABLE',
      detail: expect.stringMatching(said),
    });
  });

  test.each<[string, QueryScript, string]>([
    ['that the archive does not offer', { result: 3, answer: () => undefined }, 'ARCHIVE_ANSWER_UNUSABLE'],
    ['of which the connection is lost', { answer: ({ socket }) => void socket.destroy() }, 'ARCHIVE_UNREACHABLE'],
    ['answered to another request', { answer: ({ respond }) => respond(moveResponse, 0) }, 'ARCHIVE_ANSWER_UNUSABLE'],
    [
      'with a match without end',
      { answer: ({ respond }) => respond(findResponse, 0xff00, { '00081030': 'x'.repeat((1 << 20) + 2) }) },
      'ARCHIVE_ANSWER_UNUSABLE',
    ],
    [
      'with a match that is none',
      { answer: ({ respond }) => respond(findResponse, 0xff00, Buffer.from('0800610043530000', 'hex')) },
      'ARCHIVE_ANSWER_UNUSABLE',
    ],
  ])('%s fails by name', async (_name, script, code) => {
    const archive = await archiveThat(script);
    await expect(archive.studies(quiet)).rejects.toMatchObject({ code });
  });

  test('that finds more than anybody wants is cancelled', async () => {
    await archiveThat({
      answer({ respond }) {
        for (let study = 1; study <= 5; study += 1) respond(findResponse, 0xff00, { '0020000D': `1.2.${study}` });
      },
      heard: ({ field }, { respond }) => void (field === cancelRequest && respond(findResponse, 0xfe00)),
    });
    const search = { level: 'STUDY', keys: { '0020000D': '' }, resultsMax: 4, keep: () => 'found' } as const;
    const asking = { to: peer, callingAeTitle: 'APICAL', timeoutMs: 3000, signal: quiet };
    await expect(find(asking, search)).rejects.toMatchObject({ detail: expect.stringMatching(/more than 4/) });
    expect(peer.heard).toEqual([{ field: cancelRequest, respondsTo: 1, status: undefined }]);
  });

  test.each([
    ['says so', true],
    ['does not say so, and is cut off', false],
  ])('that is stopped is cancelled; the archive %s', async (_name, answers) => {
    const stopping = new AbortController();
    const archive = await archiveThat({
      answer({ respond }) {
        respond(findResponse, 0xff00, match);
        stopping.abort();
      },
      heard: ({ field }, { respond }) => void (field === cancelRequest && answers && respond(findResponse, 0xfe00)),
    });
    await expect(archive.studies(stopping.signal)).rejects.toThrow();
    expect(peer.heard).toEqual([{ field: cancelRequest, respondsTo: 1, status: undefined }]);
  });
});

describe('a C-GET', () => {
  test('proposes the class once a transfer syntax, as its provider', async () => {
    const archive = await archiveThat({ answer: ({ respond }) => respond(getResponse, 0) });
    await archive.retrieve(wanted, open, quiet);
    const [request] = peer.requests;
    const uid = Buffer.from(usMultiframe);
    const role = Buffer.concat([Buffer.from([0x54, 0, 0, uid.length + 4, 0, uid.length]), uid, Buffer.from([0, 1])]);
    expect(request!.includes(role)).toBe(true);
    expect(request!.toString('latin1').split(usMultiframe)).toHaveLength(transferSyntaxes.length + 2);
    for (const syntax of transferSyntaxes) expect(request!.includes(syntax.uid)).toBe(true);
  });

  test('brings the object through the door, and tells the archive that it is kept', async () => {
    const archive = await archiveThat({
      answer: ({ store }) => store(uids.sopInstance, dataSet),
      heard: (_message, { respond }) => respond(getResponse, 0),
    });
    await archive.retrieve(wanted, open, quiet);
    expect(peer.heard).toEqual([{ field: 0x8001, respondsTo: 7, status: 0 }]);
    expect(local.instances.map(({ facts, origin }) => [facts.sopInstance, origin])).toEqual([
      [uids.sopInstance, { kind: 'poll', archive: 'old' }],
    ]);
  });

  test('takes nothing but what was asked for', async () => {
    const archive = await archiveThat({
      answer: ({ store }) => store('1.2.1.1.2', dataSet),
      heard: (_message, { respond }) => respond(getResponse, 0xb000),
    });
    await expect(archive.retrieve(wanted, open, quiet)).rejects.toMatchObject({ code: 'OBJECT_MISMATCHED' });
    expect(peer.heard).toMatchObject([{ status: 0xa900 }]);
    expect(local.instances).toEqual([]);
  });

  test('tells the archive what our door says against it, and us too', async () => {
    const archive = await archiveThat({
      answer: ({ store }) => store(uids.sopInstance, dataSet),
      heard: (_message, { respond }) => respond(getResponse, 0xb000),
    });
    const full = () => Promise.reject(new AgentError('STORAGE_FULL', ''));
    await expect(archive.retrieve(wanted, full, quiet)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(peer.heard).toMatchObject([{ status: 0xa700 }]);
  });

  test('that breaks off amid the object leaves nothing', async () => {
    const archive = await archiveThat({
      answer({ store, socket }) {
        store(uids.sopInstance, dataSet.subarray(0, 100), { isLast: false });
        socket.end();
      },
    });
    await expect(archive.retrieve(wanted, open, quiet)).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE' });
    expect(local.count).toMatchObject({ opened: 1, kept: 0, discarded: 1 });
  });
});

test('a C-MOVE to an AE title that the archive does not know says what to do', async () => {
  const archive = await archiveThat({ answer: ({ respond }) => respond(moveResponse, 0xa801) }, { retrieve: 'c-move' });
  await expect(archive.retrieve(wanted, open, quiet)).rejects.toMatchObject({
    detail: expect.stringMatching(/does not know our AE title/),
  });
});
