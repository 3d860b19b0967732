import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { holding } from '#test/fuzz/growth';
import { makeDicom } from '#test/support/make-dicom';
import { startListening } from './listening.ts';
import { explicitLittleEndian, rawPeer, usMultiframe } from './raw-peer.ts';
import { accept, contextsOf } from './scripted-peer.ts';

// What dcmjs-dimse 0.3.3 does wrong, each with the test that shows that it cannot reach us.

const register: readonly (readonly [defect: string, file: string, test: string])[] = [
  ['drops contexts whose IDs do not ascend', 'pdu-gate', 'contexts may come in any order'],
  ['binds every address, knows no bound of connections', 'engine-defects', 'the listener is at its own address only'],
  ['binds every address, knows no bound of connections', 'listener', 'cuts off at once who comes far beyond'],
  ['its time for an association never ends', 'pdu-gate', 'an association lives no longer than it may'],
  ['a byte now and then buys time', 'pdu-gate', 'comes byte by byte buys no time'],
  ['keeps a connection whose other half stays open', 'pdu-gate', 'a peer that keeps its side open after an abort'],
  ['checks no length of a PDU', 'pdu-gate', 'a request that says it is 4 GB long'],
  ['bounds no command set', 'pdu-gate', 'a command set that never ends'],
  ['agrees to asynchronous operations', 'pdu-gate', 'asynchronous operations, roles and user identity'],
  ['breaks on messages that do not wait for answers', 'pdu-gate', 'objects sent without waiting for the answers'],
  ['leaves the file of a lost connection open', 'lost-connection', "'is reset'"],
  ['does not pause a sender', 'storage-scp', 'waits at the sender while the disk is slow'],
  ['skips a request silently where no context was accepted', 'storage-scu', 'does not take such objects'],
  ['sends without back-pressure', 'engine-defects', 'a receiver that takes nothing costs the sender no memory'],
  ['writes objects with loss', 'storage-scp', 'byte for byte'],
  ['checks no AE title', 'negotiation', 'called-ae-title-not-recognized'],
];

test.each(register)('"%s" is shown not to reach us by %s.test.ts: %s', (_defect, file, words) => {
  expect(readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8')).toContain(words);
});

test('the listener is at its own address only', async () => {
  const { listener, stop } = await startListening({ host: '127.0.0.1' });
  const elsewhere = createConnection({ port: listener.port, host: '127.0.0.2' }); // this machine, too
  await expect(once(elsewhere, 'connect')).rejects.toThrow();
  await stop();
});

test('a receiver that takes nothing costs the sender no memory, however large the object', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deaf-'));
  const path = join(folder, 'large.dcm');
  await writeFile(path, makeDicom({ study: '1.2', series: '1.2.1', sopInstance: '1.2.1.1', frames: [1] }));
  await truncate(path, 200_000_000); // the rest are zeros that take no room
  const deaf = await startDeaf();
  const stopping = new AbortController();
  const files = [{ path, sopClass: usMultiframe, sopInstance: '1.2.1.1', transferSyntax: explicitLittleEndian }];
  const to = { aeTitle: 'DEAF', host: '127.0.0.1', port: deaf.port };
  const before = await holding();
  const sending = sendInstances({ files, to, callingAeTitle: 'A', timeoutMs: 30_000, signal: stopping.signal });
  const outcome = sending.then(
    () => 'sent',
    () => 'stopped',
  );
  await deaf.isFull();
  expect((await holding()).heapMb - before.heapMb).toBeLessThan(19);
  stopping.abort();
  expect(await outcome).toBe('stopped');
  await deaf.stop();
  await rm(folder, { recursive: true });
});

/** Accepts an association, and reads nothing more. */
async function startDeaf() {
  const heard = Promise.withResolvers<Socket>();
  const answer = async (socket: Socket): Promise<void> => {
    const peer = rawPeer(socket.on('error', () => undefined));
    const request = await peer.hear();
    if (!request) return;
    peer.say(accept(request.body, contextsOf(request.body), 0));
    heard.resolve(socket);
  };
  const server = createServer((socket) => void answer(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves once no more comes, since the buffers between are full. */
    async isFull(): Promise<void> {
      const socket = await heard.promise;
      let before = -1;
      for (let still = 0; still < 5; still += 1) {
        if (socket.bytesRead !== before) still = 0;
        before = socket.bytesRead;
        await sleep(50);
      }
    },
    async stop() {
      (await heard.promise).destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
