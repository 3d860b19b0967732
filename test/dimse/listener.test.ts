import { describe, expect, test } from '@jest/globals';
import { startListening } from './listening.ts';
import { perTest } from './per-test.ts';
import { associateRequest, connectRaw } from './raw-peer.ts';

const { listening } = perTest();

describe('the listener', () => {
  // A-ASSOCIATE-RJ: transient, service provider (presentation), local limit exceeded (PS3.8 table 9-21).
  const tooMany = { type: 3, body: Buffer.from([0, 2, 3, 2]) };

  test.each([
    ['in all', { associationsMax: 2 }],
    ['of one address', { associationsPerPeerMax: 2 }],
  ])('tells who comes beyond its limit %s to come back later', async (_name, limits) => {
    const { listener, clock } = await listening(limits);
    const peers = await Promise.all([1, 2, 3].map(() => connectRaw(listener.port)));
    const answers = [];
    for (const peer of peers) {
      peer.say(associateRequest());
      answers.push(await peer.hear());
    }
    expect(answers.map((answer) => answer?.type)).toEqual([2, 2, 3]);
    expect(answers[2]).toEqual(tooMany);
    for (const peer of peers) peer.socket.destroy();
    let again = await connectRaw(listener.port);
    for (again.say(associateRequest()); (await again.hear())?.type !== 2; again.say(associateRequest())) {
      clock.advance(2_000);
      again.socket.destroy();
      again = await connectRaw(listener.port);
    }
    again.socket.destroy();
  });

  test('cuts off at once who comes far beyond its limits', async () => {
    const { listener, events } = await listening({ associationsPerPeerMax: 1 });
    const peers = await Promise.all([1, 2, 3].map(() => connectRaw(listener.port)));
    const ends = await Promise.race(peers.map((peer) => peer.hear()));
    expect(ends).toBeUndefined();
    expect(events).toContainEqual({
      kind: 'association-refused',
      address: '127.0.0.1',
      reason: 'too-many-connections',
    });
    for (const peer of peers) peer.socket.destroy();
  });

  test('does not open a port that another has', async () => {
    const { listener } = await listening();
    await expect(startListening({ port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
