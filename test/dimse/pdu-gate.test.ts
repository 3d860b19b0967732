import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeDicom } from '#test/support/make-dicom';
import { UnitReader } from '#dimse/units';
import { startListening, type Listening } from './listening.ts';
import {
  associateRequest,
  command,
  connectRaw,
  data,
  echoCommand,
  explicitLittleEndian,
  hex,
  implicitLittleEndian,
  item,
  responseIn,
  storeCommand,
  unit,
  usMultiframe,
  verificationClass,
} from './raw-peer.ts';

let listening: Listening;
beforeEach(async () => {
  listening = await startListening();
});
afterEach(() => listening.stop());

const connect = () => connectRaw(listening.listener.port);
const lastReason = () => listening.events.at(-1);

async function associated(request = associateRequest()) {
  const peer = await connect();
  peer.say(request);
  const accept = await peer.hear();
  expect(accept?.type).toBe(2);
  return { peer, accept: accept!.body };
}

/** An object's data set alone, and its UIDs. */
function object(name: string, more = {}) {
  const sopInstance = `1.2.3.${name}`;
  const file = makeDicom({ study: '1.2.3', series: '1.2.3.1', sopInstance, more });
  return { sopInstance, bytes: file.subarray(file.indexOf(hex('0800 0500 4353'))) }; // from (0008,0005) CS on
}

describe('the gate aborts', () => {
  // A-ABORT, source 2 (service provider), reason: 1 unrecognised, 2 unexpected, 6 invalid parameter (PS3.8 table 9-26)
  test.each([
    ['a request that says it is 4 GB long', hex('01 00 FFFFFFFF'), 6],
    ['values longer than agreed', hex('04 00 00010000'), 6],
    ['something that is not DICOM', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1],
    ['values before an association', data(1, 3, echoCommand(1)), 2],
    ['a release before an association', hex('05 00 00000004 00000000'), 2],
    ['a request cut short', unit(1, Buffer.alloc(60)), 6],
    ['a request whose item leaves it', unit(1, Buffer.alloc(68), hex('10 00 00FF 31')), 6],
    ['a request without contexts', associateRequest({ contexts: [] }), 6],
    [
      'a context ID used twice',
      associateRequest({
        contexts: [
          [1, usMultiframe, '1.2'],
          [1, verificationClass, '1.2'],
        ],
      }),
      6,
    ],
    ['a context ID that is even', associateRequest({ contexts: [[2, usMultiframe, '1.2']] }), 6],
  ])('%s', async (_name, bytes, reason) => {
    const peer = await connect();
    peer.say(bytes);
    expect(await peer.hear()).toEqual({ type: 7, body: Buffer.from([0, 0, 2, reason]) });
    expect(await peer.hear()).toBeUndefined();
    expect(lastReason()).toMatchObject({ kind: 'association-aborted', address: '127.0.0.1' });
  });

  test.each([
    ['a second request', associateRequest(), 2],
    ['an A-ASSOCIATE-AC', unit(2, Buffer.alloc(4)), 2],
    ['a value longer than its PDU', unit(4, hex('000000FF 01 03')), 6],
    ['a value of no length', unit(4, hex('00000000 01 03')), 6],
    ['a value on a context that was not accepted', data(7, 3, echoCommand(1)), 6],
    ['a data set without a command', data(3, 2, Buffer.alloc(8)), 2],
    ['a damaged command set', data(1, 3, Buffer.alloc(9)), 6],
    ['a command that is none of ours', data(1, 3, command(0x0020, 1)), 6], // C-FIND
    ['a C-STORE without a data set', data(3, 3, command(0x0001, 1)), 6],
    // The type of data set, (0000,0800), is missing: here it is called (0000,081A).
    ['a command that does not tell of its data set', data(1, 3, changed(echoCommand(1), '00000008', '00001A08')), 6],
    ['a command without a message ID', data(1, 3, changed(echoCommand(1), '00001001', '00001101')), 6],
  ])('%s within an association', async (_name, bytes, reason) => {
    const { peer } = await associated();
    peer.say(bytes);
    expect(await peer.hear()).toEqual({ type: 7, body: Buffer.from([0, 0, 2, reason]) });
    expect(await peer.hear()).toBeUndefined();
  });

  test('a command set that never ends', async () => {
    const { peer } = await associated();
    for (let part = 0; part < 20; part += 1) peer.say(data(1, 1, Buffer.alloc(1000)));
    expect((await peer.hear())?.type).toBe(7);
  });

  test('a command set of endless empty fragments', async () => {
    const { peer } = await associated();
    peer.say(...Array.from({ length: 20_000 }, () => data(1, 1, Buffer.alloc(0))));
    expect((await peer.hear())?.type).toBe(7);
  });

  test('a message that changes its context on the way', async () => {
    const { peer } = await associated();
    peer.say(data(3, 3, storeCommand(1, '1.2.3')), data(1, 2, Buffer.alloc(8)));
    expect(await peer.hear()).toEqual({ type: 7, body: Buffer.from([0, 0, 2, 2]) });
  });

  test('a release amid a message, of which nothing remains', async () => {
    const { peer } = await associated();
    peer.say(data(3, 3, storeCommand(1, '1.2.3')), data(3, 0, Buffer.alloc(8)), hex('05 00 00000004 00000000'));
    expect((await peer.hear())?.type).toBe(7);
    peer.socket.destroy();
    await listening.stop();
    expect(listening.archive.count).toMatchObject({ opened: 1, kept: 0, discarded: 1 });
    listening = await startListening();
  });
});

describe('the gate keeps time:', () => {
  test('a peer that asks for nothing is cut off, byte by byte or not', async () => {
    const peer = await connect();
    for (const byte of associateRequest().subarray(0, 5)) {
      peer.say(Buffer.from([byte]));
      listening.clock.advance(1_900);
      await turn();
    }
    listening.clock.advance(1_000);
    expect(await peer.hear()).toEqual({ type: 7, body: Buffer.from([0, 0, 0, 0]) });
    expect(lastReason()).toMatchObject({ reason: 'No association was requested in time.' });
  });

  test('an association on which nothing comes is aborted', async () => {
    const { peer } = await associated();
    peer.say(data(1, 3, echoCommand(1)));
    await peer.hear();
    listening.clock.advance(59_999);
    peer.say(data(1, 3, echoCommand(2)));
    expect((await peer.hear())?.type).toBe(4);
    listening.clock.advance(60_000);
    expect((await peer.hear())?.type).toBe(7);
    expect(lastReason()).toMatchObject({ reason: 'Nothing came for too long.' });
  });

  test('a unit of a data set that comes byte by byte buys no time', async () => {
    const { peer } = await associated();
    const { sopInstance, bytes } = object('1');
    peer.say(data(3, 3, storeCommand(1, sopInstance)));
    for (const byte of data(3, 0, bytes).subarray(0, 40)) {
      peer.say(Buffer.from([byte]));
      for (let pause = 0; pause < 5; pause += 1) await turn();
      listening.clock.advance(10_000);
      await turn();
    }
    expect((await peer.hear())?.type).toBe(7);
    expect(lastReason()).toMatchObject({ reason: 'Nothing came for too long.' });
  });

  test('an association lives no longer than it may, however busy', async () => {
    const { peer } = await associated();
    for (let minute = 1; minute <= 61; minute += 1) {
      listening.clock.advance(59_000);
      peer.say(data(1, 3, echoCommand(minute)));
      expect((await peer.hear())?.type).toBe(4);
    }
    listening.clock.advance(1_000);
    expect((await peer.hear())?.type).toBe(7);
    expect(lastReason()).toMatchObject({ reason: 'The association lasted too long.' });
  });

  test('a peer that keeps its side open after an abort is cut off', async () => {
    const peer = await connect();
    peer.say(hex('FF 00 00000000'));
    await peer.hear();
    expect(await peer.hear()).toBeUndefined();
    expect(peer.socket.destroyed).toBe(false); // we have closed, the peer has not
    listening.clock.advance(2_000);
    // The peer's next bytes meet nobody: the connection is reset.
    while (!peer.socket.destroyed) {
      peer.say(Buffer.alloc(1));
      await turn();
    }
  });

  test('a peer that closes its side only is let go', async () => {
    const { peer } = await associated();
    peer.socket.end();
    expect(await peer.hear()).toBeUndefined();
    expect(lastReason()).toMatchObject({ kind: 'association-aborted', reason: 'The connection was lost.' });
  });

  test('whoever only looks whether the port is open is no event', async () => {
    const peer = await connect();
    peer.socket.end();
    expect(await peer.hear()).toBeUndefined();
    expect(listening.events).toEqual([]);
  });
});

describe('the gate helps the engine:', () => {
  test('contexts may come in any order', async () => {
    const { peer, accept } = await associated(
      associateRequest({
        contexts: [
          [5, verificationClass, implicitLittleEndian],
          [1, usMultiframe, explicitLittleEndian],
          [3, '1.2.840.113619.4.2', implicitLittleEndian],
        ],
      }),
    );
    const results = [1, 3, 5].map((id) => accept[resultAt(accept, id)]);
    expect(results).toEqual([0, 3, 0]); // accepted, abstract syntax not supported, accepted
    peer.say(data(5, 3, echoCommand(9)));
    const { body } = (await peer.hear())!;
    expect(body[4]).toBe(5);
    expect(responseIn(body)).toEqual({ status: 0, respondsTo: 9 });
  });

  test('asynchronous operations, roles and user identity are not agreed to', async () => {
    const user = [
      item(0x53, hex('0005 0005')),
      item(0x54, hex('0011'), Buffer.from(verificationClass), hex('01 01')),
      item(0x58, hex('01 01 0001 41 0000')),
    ];
    const { accept } = await associated(associateRequest({ user }));
    for (const type of [0x53, 0x54, 0x59]) expect(accept.includes(Buffer.from([type, 0, 0]))).toBe(false);
  });

  test('our own PDU length is announced, whatever the peer takes', async () => {
    const { accept } = await associated();
    expect(accept.includes(hex('51 00 0004 00004000'))).toBe(true);
  });

  test('a message in many small pieces, several to a PDU, is one message', async () => {
    const { peer } = await associated();
    const { sopInstance, bytes } = object('1');
    const pieces: Buffer[] = [];
    const commandBytes = storeCommand(1, sopInstance);
    for (let at = 0; at < commandBytes.length; at += 10) {
      pieces.push(value(3, at + 10 < commandBytes.length ? 1 : 3, commandBytes.subarray(at, at + 10)));
    }
    for (let at = 0; at < bytes.length; at += 7) {
      pieces.push(value(3, at + 7 < bytes.length ? 0 : 2, bytes.subarray(at, at + 7)));
    }
    for (let at = 0; at < pieces.length; at += 3) peer.say(unit(4, ...pieces.slice(at, at + 3)));
    expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0, respondsTo: 1 });
    expect((await listening.archive.read(sopInstance)).includes(bytes)).toBe(true);
  });

  test('a message is the same in whatever pieces its bytes come', () => {
    const { bytes, sopInstance } = object('1');
    const said = Buffer.concat([
      associateRequest(),
      data(3, 3, storeCommand(1, sopInstance)),
      data(3, 0, bytes.subarray(0, 100)),
      data(3, 0, Buffer.alloc(0)),
      data(3, 0, bytes.subarray(100)),
      data(3, 2, Buffer.alloc(0)),
      data(1, 3, echoCommand(2)),
    ]);
    const read = (pieces: readonly Buffer[]) => {
      const units: { value?: Buffer; whole: string }[] = [];
      const reader = new UnitReader(() => 65_536);
      for (const unit of pieces.flatMap((piece) => [...reader.units(piece)])) {
        if (unit.kind === 'pdu') units.push({ whole: `${unit.type} ${unit.body.toString('hex')}` });
        else {
          const { contextId, isCommand, isLast, value } = unit.pdv;
          const before = units.at(-1);
          const joined = Buffer.concat([before?.value ?? Buffer.alloc(0), value]);
          if (before?.value) units.pop();
          const isWhole = isLast && `${contextId} ${isCommand} ${joined.toString('hex')}`;
          units.push(isWhole ? { whole: isWhole } : { value: joined, whole: '' });
        }
      }
      return units.map(({ whole }) => whole);
    };
    const wanted = read([said]);
    expect(wanted).toHaveLength(4);
    fc.assert(
      fc.property(fc.array(fc.nat(said.length), { maxLength: 60 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), said.length];
        expect(read(ends.map((end, index) => said.subarray(ends[index - 1] ?? 0, end)))).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });

  test('objects sent without waiting for the answers are taken one after the other', async () => {
    let open = 0;
    let mostOpen = 0;
    await listening.stop();
    listening = await startListening(
      {},
      {
        door: (receive) => async (origin) => {
          const reception = await receive(origin);
          mostOpen = Math.max(mostOpen, (open += 1));
          return {
            ...reception,
            keep: async (announced) => {
              await turn();
              const kept = await reception.keep(announced);
              open -= 1;
              return kept;
            },
          };
        },
      },
    );
    const { peer } = await associated();
    const objects = ['1', '2', '3', '4'].map((name) => object(name));
    peer.say(
      ...objects.flatMap(({ sopInstance, bytes }, index) => [
        data(3, 3, storeCommand(index + 1, sopInstance)),
        data(3, 2, bytes),
      ]),
      data(1, 3, echoCommand(5)),
      hex('05 00 00000004 00000000'),
    );
    for (const respondsTo of [1, 2, 3, 4, 5]) {
      expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0, respondsTo });
    }
    expect((await peer.hear())?.type).toBe(6);
    expect(mostOpen).toBe(1);
    expect(listening.archive.count.kept).toBe(4);
  });
});

/** The bytes with some replaced, once. */
function changed(bytes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes);
  hex(to).copy(copy, copy.indexOf(hex(from)));
  return copy;
}

/** One PDV: length, context ID, header, value. */
function value(contextId: number, header: number, bytes: Buffer): Buffer {
  return data(contextId, header, bytes).subarray(6);
}

/** Where the result of a context stands: item 21, reserved, length, ID, reserved, result. */
function resultAt(accept: Buffer, id: number): number {
  for (let at = 68; at < accept.length; at += 4 + accept.readUInt16BE(at + 2)) {
    if (accept[at] === 0x21 && accept[at + 4] === id) return at + 6;
  }
  throw new Error(`no context ${id}`);
}

test('no bytes whatever harm the listener', async () => {
  const { sopInstance, bytes } = object('1');
  const fair = [
    associateRequest(),
    data(1, 3, echoCommand(1)),
    data(3, 3, storeCommand(2, sopInstance)),
    data(3, 2, bytes),
    hex('05 00 00000004 00000000'),
  ];
  const damage = fc.array(fc.tuple(fc.nat(fair.length - 1), fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 5 });
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(fair.length), async (changes, count) => {
      const said = fair.slice(0, count).map((one) => Buffer.from(one));
      for (const [which, at, byte] of changes) if (said[which]) said[which][at % said[which].length] = byte;
      const peer = await connect();
      peer.say(...said);
      peer.socket.end();
      while (await peer.hear());
    }),
    { numRuns: 150 },
  );
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
  const { peer } = await associated();
  peer.say(...fair.slice(1));
  expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0, respondsTo: 1 });
  expect(responseIn((await peer.hear())!.body)).toEqual({ status: 0, respondsTo: 2 });
});
