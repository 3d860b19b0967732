import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { asAgentError } from '#domain/errors';
import { createEventChannels, type EventChannels } from '#dicomweb/ups/event-channels';
import { createWorklistRouter } from '#dicomweb/ups/router';
import { createStepList, type StepList } from '#dicomweb/ups/step-list';
import { answerUpgrades } from '#http/upgrades';
import { openDatabase } from '#store/open';
import { createWorkitemStore } from '#store/workitems';
import type { WorkitemStore } from '#src/ports/worklist';
import { manualClock } from '#test/support/manual-clock';

/** Our worklist over a database of its own, served on a free port. */
export interface ServedWorklist {
  /** Without a trailing slash, such as http://127.0.0.1:1234/dicom-web. */
  readonly service: string;
  readonly list: StepList;
  readonly store: WorkitemStore;
  readonly channels: EventChannels;
  readonly clock: ReturnType<typeof manualClock>;
  /** Studies that worklists were to be told of again. */
  readonly retold: readonly string[];
  stop(): Promise<void>;
}

export const dayMs = 86_400_000;

export async function serveWorklist(limits: Parameters<typeof createEventChannels>[0] = {}): Promise<ServedWorklist> {
  const folder = mkdtempSync(join(tmpdir(), 'apical-ups-'));
  const database = openDatabase(folder);
  const store = createWorkitemStore(database);
  const channels = createEventChannels(limits);
  const clock = manualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const retold: string[] = [];
  const list = createStepList({
    store,
    channels,
    clock,
    keepMs: () => dayMs,
    station: 'APICAL',
    retell: async (study) => void retold.push(study),
  });
  const router = createWorklistRouter({ list, channels, resultsMax: 3, origins: ['https://viewer.example'] });
  const app = new Koa();
  app.silent = true;
  app.use(async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const { fault, code, detail } = asAgentError(thrown);
      context.status = fault.httpStatus;
      context.body = { code, detail };
    }
  });
  app.use(router.routes());
  const answer: RequestListener = (request, response) => void app.callback()(request, response);
  const server = createServer(answer).listen(0, '127.0.0.1');
  answerUpgrades(server, answer);
  await once(server, 'listening');
  return {
    service: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`,
    list,
    store,
    channels,
    clock,
    retold,
    async stop() {
      channels.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Attributes that every new step must have; the least that is taken without a word. */
export const leastStep = {
  '00741200': { vr: 'CS', Value: ['MEDIUM'] },
  '00741204': { vr: 'LO', Value: ['Analyse'] },
  '00404005': { vr: 'DT', Value: ['20260102030405+0000'] },
  '00404041': { vr: 'CS', Value: ['READY'] },
  '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
};

/** Sends a data set in the DICOM JSON model. */
export function send(url: string, method: string, dataset?: unknown): Promise<Response> {
  return fetch(url, {
    method,
    headers: { 'Content-Type': 'application/dicom+json', Accept: 'application/dicom+json' },
    ...(dataset !== undefined && { body: JSON.stringify(dataset) }),
  });
}

export function toState(state: string, transaction?: string) {
  return {
    '00741000': { vr: 'CS', Value: [state] },
    ...(transaction !== undefined && { '00081195': { vr: 'UI', Value: [transaction] } }),
  };
}

/** What a step must say before it may be COMPLETED. */
export const performed = {
  '00741216': {
    vr: 'SQ',
    Value: [
      {
        '00404028': { vr: 'SQ', Value: [code('STATION')] },
        '00404050': { vr: 'DT', Value: ['20260102030405'] },
        '00404051': { vr: 'DT', Value: ['20260102030406'] },
        '00404019': { vr: 'SQ', Value: [code('110004')] },
        '00404033': { vr: 'SQ' },
      },
    ],
  },
};

function code(value: string) {
  return {
    '00080100': { vr: 'SH', Value: [value] },
    '00080102': { vr: 'SH', Value: ['DCM'] },
    '00080104': { vr: 'LO', Value: ['Meaning'] },
  };
}
