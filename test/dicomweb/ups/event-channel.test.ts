import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { openEventChannel, watchWorklist } from '#test/support/worklist-events';
import { openWorklist } from './open-worklist.ts';
import { serveWorklist } from './served.ts';

const ups = openWorklist();
const { created } = ups;

describe('the event channel (sections 8.10.4 and 11.13)', () => {
  test('a report has the form of the standard, and each its own number', async () => {
    const watcher = await watchWorklist(ups.served.service, 'FORM');
    const uid = await created();
    const report = await watcher.next(({ type }) => type === 'state');
    expect(report.dataset).toEqual({
      '00000002': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.34.6.1'] },
      '00000110': { vr: 'US', Value: [expect.any(Number)] },
      '00001000': { vr: 'UI', Value: [uid] },
      '00001002': { vr: 'US', Value: [1] },
      '00404041': { vr: 'CS', Value: ['READY'] },
      '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
    });
    await created();
    const numbers = watcher.reports.map(({ dataset }) => dataset['00000110']!.Value![0]);
    expect(new Set(numbers).size).toBe(numbers.length);
    await watcher.close();
  });

  test('whoever listens is told once that we began anew, and when we go down', async () => {
    const own = await serveWorklist();
    const first = await openEventChannel(own.service, 'WATCHER');
    const status = await first.next();
    expect(status).toMatchObject({ type: 'status', uid: '1.2.840.10008.5.1.4.34.5' });
    expect(['00741242', '00741244', '00741246'].map((tag) => status.dataset[tag]?.Value?.[0])).toEqual([
      'RESTARTED',
      'WARM START',
      'WARM START',
    ]);
    const second = await openEventChannel(own.service, 'WATCHER');
    own.channels.close();
    expect((await second.next()).dataset['00741242']?.Value).toEqual(['GOING DOWN']);
    await own.stop();
  });

  test('a page of another origin may not listen, a viewer that is named may', async () => {
    await expect(openEventChannel(ups.served.service, 'PAGE', { Origin: 'https://elsewhere.example' })).rejects.toThrow(
      /403/,
    );
    const origins = ['https://viewer.example', new URL(ups.served.service).origin];
    for (const Origin of origins) await (await openEventChannel(ups.served.service, 'PAGE', { Origin })).close();
    expect((await fetch(`${ups.served.service}/subscribers/PAGE`)).status).toBe(400);
  });

  test('addresses that name no AE title open nothing', async () => {
    for (const ae of ['A'.repeat(17), '%5C', 'a/b'])
      await expect(openEventChannel(ups.served.service, ae)).rejects.toThrow();
  });

  test('a subscriber that does not read is cut off, and the others hear everything', async () => {
    const own = await serveWorklist({ waitingBytesMax: 100_000 });
    const slow = connect(Number(new URL(own.service).port), '127.0.0.1');
    slow.write(
      'GET /dicom-web/subscribers/SLOW HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(slow, 'readable'); // the handshake; nothing more is read
    const quick = await openEventChannel(own.service, 'QUICK');
    const attributes = { '00741238': { vr: 'LT', Value: ['x'.repeat(1_000_000)] } };
    for (let uid = 1; uid <= 40; uid += 1) {
      for (const ae of ['SLOW', 'QUICK']) own.channels.send(ae, { type: 'state', uid: `1.2.${uid}`, attributes });
      await quick.next((report) => report.uid === `1.2.${uid}`);
    }
    slow.on('error', () => {}).resume();
    await once(slow, 'close');
    await quick.close();
    await own.stop();
  });

  test('so many channels and no more', async () => {
    const own = await serveWorklist({ channelsMax: 1 });
    const one = await openEventChannel(own.service, 'A');
    await expect(openEventChannel(own.service, 'B')).rejects.toThrow(/503/);
    await one.close();
    await own.stop();
  });
});
