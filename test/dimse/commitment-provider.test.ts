import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createCommitments, type Commitments } from '#dimse/commitments';
import { createCommitmentReports } from '#dimse/commitment-reports';
import { requestCommitment } from '#dimse/commitment-scu';
import { listen, type Listener } from '#dimse/listener';
import type { CommitmentReport } from '#dimse/storage-commitment';
import { createCommit } from '#pipeline/ask-commit';
import { tell } from '#pipeline/runner';
import { systemClock } from '#src/clock';
import type { ListenerDoors } from '#dimse/listener';
import { openStory, send, uidOf } from '#test/pipeline/fakes';
import { startOrthanc } from '#test/support/orthanc';
import { testWith } from '#test/support/peers';
import { dimseSettings } from './listening.ts';

const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const quiet = new AbortController().signal;
const patience = { leaseMs: 60_000, attemptsMax: 3, backOffFirstMs: 1000, backOffMax: 8000 };

let story: Awaited<ReturnType<typeof openStory>>;
let listener: Listener;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  story = await openStory();
  listener = await listenWith({ requested: (request, aeTitle) => createCommit(story.agent())(request, aeTitle) });
  for (const name of ['a', 'b']) await send(story.receive, { name });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  story.close();
});

/** A listener to which ORTHANC and ECHO1 may say what they want committed. */
async function listenWith(doors: Pick<ListenerDoors, 'requested' | 'reported'>): Promise<Listener> {
  const opened = await listen({
    settings: { ...dimseSettings, anyCalledAeTitle: true, commitment: [{ aeTitle: 'ORTHANC' }, { aeTitle: 'ECHO1' }] },
    receive: () => Promise.reject(new Error('nothing is received here')),
    publish: () => {},
    clock: systemClock,
    ...doors,
  });
  stops.push(() => opened.close());
  return opened;
}

/** Tells the job that waits, with a report to whoever listens there. */
async function tellCommit(aeTitle: string, port: number): Promise<boolean> {
  const claimed = await story.ledger().claim(['commit'], 60_000);
  if (!claimed) return false;
  const modalities = [{ aeTitle, host: '127.0.0.1', port }];
  const commitments = createCommitmentReports({ modalities, callingAeTitle: 'APICAL', timeoutMs: 5000 });
  await tell(claimed, { ...story.agent(), commitments }, { patience, stop: quiet });
  return true;
}

/** ECHO1 asks us, as we ask archives. */
async function ask(sopInstance: string, { transaction = '2.25.77', callingAeTitle = 'ECHO1' } = {}): Promise<void> {
  const to = { aeTitle: 'APICAL', host: '127.0.0.1', port: listener.port };
  const instance = { sopClass: usMultiframe, sopInstance };
  const enough = AbortSignal.abort();
  const asking = { to, callingAeTitle, timeoutMs: 5000, signal: quiet, enough, reported: () => {} };
  await requestCommitment({ ...asking, transaction, instance });
}

testWith(
  ['Orthanc'],
  'a modality that may ask is told what we hold, and why not what we do not: Orthanc',
  async () => {
    const orthanc = await startOrthanc({ modalities: { apical: ['APICAL', '127.0.0.1', listener.port] } });
    stops.push(() => orthanc.stop());
    const held = (await story.ledger().instance(uidOf({ name: 'b' })))!;
    const wanted = async (...uids: readonly string[]) => {
      const body = JSON.stringify({ DicomInstances: uids.map((uid) => [usMultiframe, uid]) });
      const answer = await fetch(`${orthanc.url}/modalities/apical/storage-commitment`, { method: 'POST', body });
      const { Path } = (await answer.json()) as { Path: string };
      expect(await tellCommit('ORTHANC', orthanc.dicomPort)).toBe(true);
      return (await (await fetch(`${orthanc.url}${Path}`)).json()) as object;
    };
    expect(await wanted(uidOf({ name: 'a' }), uidOf({ name: 'b' }))).toMatchObject({
      Status: 'Success',
      Success: [{ SOPInstanceUID: uidOf({ name: 'a' }) }, { SOPInstanceUID: uidOf({ name: 'b' }) }],
    });
    rmSync(story.agent().files.path(held));
    expect(await wanted(uidOf({ name: 'a' }), uidOf({ name: 'b' }), '1.2.3')).toMatchObject({
      Status: 'Failure',
      Success: [{ SOPInstanceUID: uidOf({ name: 'a' }) }],
      Failures: [
        { SOPInstanceUID: uidOf({ name: 'b' }), FailureReason: 0x0110 },
        { SOPInstanceUID: '1.2.3', FailureReason: 0x0112 },
      ],
    });
  },
  60_000,
);

test('a request that was taken is answered though the process dies, and though it is asked twice it is one job', async () => {
  const answers: CommitmentReport[] = [];
  const modality = await listenWith({ reported: (report) => void answers.push(report) });
  await ask(uidOf({ name: 'a' }));
  await ask(uidOf({ name: 'a' }));
  story.die();
  expect(await tellCommit('ECHO1', modality.port)).toBe(true);
  expect(await tellCommit('ECHO1', modality.port)).toBe(false);
  expect(answers).toEqual([{ transaction: '2.25.77', committed: new Set([uidOf({ name: 'a' })]), failed: new Map() }]);
  await ask(uidOf({ name: 'a' })); // a repeat after the answer is answered again
  expect(await tellCommit('ECHO1', modality.port)).toBe(true);
  expect(answers).toHaveLength(2);
});

test('a modality that is away is told once it is back', async () => {
  const commitments: Commitments = createCommitments();
  await ask('1.2.3');
  expect(await tellCommit('ECHO1', 1)).toBe(true);
  expect(story.events.at(-1)).toMatchObject({ kind: 'job-failed', job: 'commit', code: 'DESTINATION_UNREACHABLE' });
  const modality = await listenWith({ reported: (report) => commitments.report(report) });
  story.clock.advance(10_000);
  expect(await tellCommit('ECHO1', modality.port)).toBe(true);
  expect(story.events.at(-1)).toMatchObject({ kind: 'job-done', job: 'commit' });
});

test('who is not named may not ask', async () => {
  await expect(ask('1.2.3', { callingAeTitle: 'STRANGER' })).rejects.toMatchObject({
    code: 'DESTINATION_REFUSED',
    detail: expect.stringContaining('offers no storage commitment'),
  });
  expect(await story.ledger().claim(['commit'], 1000)).toBeUndefined();
});

test.each([
  ['that cannot be kept', '1.2.3', { requested: () => Promise.reject(new Error('the disk')) }],
  ['without a UID', 'no UID', { requested: async () => {} }],
])('a request %s is not taken', async (_name, sopInstance, doors) => {
  listener = await listenWith(doors);
  await expect(ask(sopInstance)).rejects.toMatchObject({
    code: 'DESTINATION_BUSY',
    detail: expect.stringContaining('does not take a request'),
  });
});
