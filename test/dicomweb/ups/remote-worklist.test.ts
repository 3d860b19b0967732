import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRemoteWorklist } from '#dicomweb/ups/remote-worklist';
import { lacking } from '#dicomweb/ups/requirements';
import type { DicomJson } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import type { Standing, Worklist } from '#src/ports/worklist';
import { send, serveWorklist, toState, type ServedWorklist } from './served.ts';
import { aDocument, aReason, aSource, aStanding } from './standings.ts';

// Our client against our server, which stands for another manager: it knows none of our studies.

const source = aSource('a');
let manager: ServedWorklist;
let worklist: Worklist;
let asked: string[];
beforeEach(async () => {
  manager = await serveWorklist();
  worklist = clientOf(manager.service);
  asked = [];
});
afterEach(() => manager.stop());

function clientOf(url: string): Worklist {
  return createRemoteWorklist({
    settings: { name: 'manager', url, authorization: { kind: 'none' }, timeoutMs: 10_000 },
    clock: manager.clock,
    ledger: { instances: async () => [source] },
    performer: () => ({ station: 'APICAL', worklistLabel: 'Echo', archiveUrl: 'https://apical.example/dicom-web' }),
    usual: () => 'LOW',
  });
}

const tell = (standing: Standing, to = worklist) => to.tell(standing, AbortSignal.timeout(10_000));
const assessing = (revision = 1) =>
  aStanding({ source, state: { kind: 'assessing', revision }, stage: 'preliminary', assessed: 0 });
const assessed = (revision = 1) =>
  aStanding({
    source, state: { kind: 'assessed', revision }, stage: 'settled', assessed: revision,
    reasons: [aReason({ standing: 'confirmed' })], documents: [aDocument(revision, 'sr', source)],
  }); // prettier-ignore
const setAside = aStanding({ source, state: { kind: 'set-aside', revision: 1, fault: 'MODEL_UNFIT' } });
const uid = (revision = 1) => deriveUid('workitem', 'manager', source.facts.study, String(revision));
const step = async (of = uid()) =>
  (await (await send(`${manager.service}/workitems/${of}`, 'GET')).json()) as Record<string, any>;
const stateOf = async (of = uid()) => (await step(of))['00741000'].Value[0];

describe('another manager’s worklist', () => {
  test('is given a step, which is claimed, kept up to date and completed with its outputs', async () => {
    await tell(aStanding({ source }));
    expect(await step()).toMatchObject({
      '00741000': { Value: ['SCHEDULED'] },
      '00741200': { Value: ['LOW'] },
      '00741202': { Value: ['Echo'] },
      '00100020': { Value: ['P1'] },
    });
    await tell(aStanding({ source, stage: 'preliminary', assessed: 0 }));
    expect(await step()).toMatchObject({ '00741000': { Value: ['IN PROGRESS'] }, '00741200': { Value: ['HIGH'] } });
    expect((await step())['00741002'].Value[0]['00741006'].Value[0]).toMatch(/^Preliminary, from one clip: LVEF/);
    await tell(assessed());
    const done = await step();
    expect(done['00741000'].Value).toEqual(['COMPLETED']);
    expect(lacking(done as DicomJson, 'COMPLETED')).toEqual([]);
    const [output] = done['00741216'].Value[0]['00404033'].Value;
    expect(output['00081199'].Value[0]['00081155'].Value).toEqual([assessed().documents[0]!.sopInstance]);
  });

  test('is brought to the end at once, where it hears of a study late', async () => {
    await tell(assessed());
    expect(await stateOf()).toBe('COMPLETED');
  });

  test('told twice stays as it is', async () => {
    for (const standing of [assessing(), assessing(), assessed(), assessed(), assessing()]) await tell(standing);
    expect(await stateOf()).toBe('COMPLETED');
  });

  test('is given a new step for a later revision, which names the one before', async () => {
    await tell(assessed(1));
    await tell(assessed(2));
    expect((await step(uid(2)))['00741224'].Value[0]['00081155'].Value).toEqual([uid(1)]);
  });

  test('hears why a study was set aside', async () => {
    await tell(assessing());
    await tell(setAside);
    const canceled = await step();
    expect(canceled['00741000'].Value).toEqual(['CANCELED']);
    expect(canceled['00741002'].Value[0]['00741238'].Value[0]).toMatch(/MODEL_UNFIT/);
    expect(lacking(canceled as DicomJson, 'CANCELED')).toEqual([]);
  });

  test('that another has claimed is left alone, and that is a refusal', async () => {
    await tell(aStanding({ source }));
    await send(`${manager.service}/workitems/${uid()}/state`, 'PUT', toState('IN PROGRESS', '2.25.1'));
    await expect(tell(assessing())).rejects.toMatchObject({ code: 'DESTINATION_REFUSED' });
    expect(await stateOf()).toBe('IN PROGRESS');
  });

  test('that has canceled the step hears nothing more of it', async () => {
    await tell(aStanding({ source }));
    await send(`${manager.service}/workitems/${uid()}/cancelrequest`, 'POST');
    await tell(assessed());
    expect(await stateOf()).toBe('CANCELED');
  });
});

describe('a manager that answers otherwise', () => {
  let server: Server;
  afterEach(() => void server.close());

  async function answering(answer: (request: string) => { status: number; body?: unknown }): Promise<Worklist> {
    server = createServer((request, response) => {
      const what = `${request.method} ${request.url!.replaceAll(/[\d.]{20,}/g, 'UID')}`;
      asked.push(what);
      const { status, body } = answer(what);
      request.resume().on('end', () => response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  test.each([
    [500, 'DESTINATION_BUSY'],
    [503, 'DESTINATION_BUSY'],
    [429, 'DESTINATION_BUSY'],
    [400, 'DESTINATION_REFUSED'],
    [401, 'DESTINATION_REFUSED'],
    [403, 'DESTINATION_REFUSED'],
  ])('with %d: %s', async (status, code) => {
    await expect(tell(assessing(), await answering(() => ({ status })))).rejects.toMatchObject({ code });
  });

  test('that it is there already goes on', async () => {
    const states = ['none', 'SCHEDULED'];
    const manager = await answering((what) => {
      if (!what.startsWith('GET')) return { status: what.startsWith('POST /workitems?') ? 409 : 200 };
      return states.shift() === 'none' ? { status: 404 } : { status: 200, body: toState('SCHEDULED') };
    });
    await tell(assessing(), manager);
    expect(asked).toEqual([
      'GET /workitems/UID',
      'POST /workitems?workitem=UID',
      'PUT /workitems/UID/state',
      'POST /workitems/UID?transaction-uid=UID',
    ]);
  });

  test('that it stands so already, to a request that was sent before a crash, is content', async () => {
    const states = ['IN PROGRESS', 'COMPLETED'];
    const manager = await answering((what) => {
      if (what.startsWith('GET')) return { status: 200, body: [toState(states.shift()!)] };
      return { status: what.startsWith('PUT') ? 409 : 200 };
    });
    await tell(assessed(), manager);
    expect(asked.filter((what) => what.startsWith('PUT'))).toHaveLength(1);
    expect(states).toEqual([]);
  });

  test('that the step is gone hears nothing more of it', async () => {
    await tell(assessed(), await answering(() => ({ status: 410 })));
    expect(asked).toEqual(['GET /workitems/UID']);
  });

  test('with what is no step is asked again later', async () => {
    const manager = await answering(() => ({ status: 200, body: {} }));
    await expect(tell(assessing(), manager)).rejects.toMatchObject({ code: 'DESTINATION_BUSY' });
  });

  test('not at all: unreachable', async () => {
    const worklist = await answering(() => ({ status: 200 }));
    server.close();
    server.closeAllConnections();
    await expect(tell(assessing(), worklist)).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' });
  });
});
