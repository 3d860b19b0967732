import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DicomJson } from '#domain/instance';
import { openEventChannel, type Listener } from '#test/support/worklist-events';
import { serveWorklist, type ServedWorklist } from './served.ts';

// A conversation with a client that others wrote, as it was recorded; each message is sent again and answered alike.

interface Recorded {
  readonly messages: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly status: number;
    readonly answer?: Readonly<Record<string, string>>;
  }[];
  /** Without their numbers. */
  readonly reports: readonly DicomJson[];
}

const recorded = JSON.parse(readFileSync(new URL('./independent-client.json', import.meta.url), 'utf8')) as Recorded;

let served: ServedWorklist;
let listener: Listener;
beforeAll(async () => {
  served = await serveWorklist();
  listener = await openEventChannel(served.service, 'PYTHON');
});
afterAll(async () => {
  await listener.close();
  await served.stop();
});

describe('the recorded conversation with an independent client', () => {
  test.each(recorded.messages.map((message, at) => ({ at: at + 1, ...message })))(
    'message $at: $method $path is answered with $status',
    async ({ method, path, headers, body, status, answer = {} }) => {
      const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const given = await fetch(`${served.service}${path}`, sent);
      await given.arrayBuffer();
      expect(given.status).toBe(status);
      for (const name of ['Warning', 'Location', 'Content-Location']) {
        const told = given.headers.get(name);
        const channel = served.service.replace('http', 'ws');
        const general = told?.replace(served.service, '{service}').replace(channel, '{channel}');
        expect([name, general]).toEqual([name, answer[name]]);
      }
    },
  );

  test('it is told on its WebSocket what it was told then', async () => {
    const expected = recorded.reports.length;
    while (listener.reports.length < expected) await listener.next();
    const told = listener.reports.map(({ dataset }) =>
      Object.fromEntries(Object.entries(dataset).filter(([tag]) => tag !== '00000110')),
    );
    expect(told).toEqual(recorded.reports);
  });
});
