import { expect, test } from '@jest/globals';
import { createReturnToSender } from '#dimse/destinations/return-to-sender';
import type { Receipt } from '#domain/document';
import type { Instance } from '#domain/instance';
import { sendersIn } from '#src/destinations';
import type { Destination } from '#src/ports';
import { anInstance } from '#test/support/instances';

const result = anInstance('result');
const quiet = new AbortController().signal;
const committed: Receipt = { kind: 'proved', proof: 'committed' };

/** A study that these sent, and those of them for whom an address is set, with what each says of a delivery. */
function returning(senders: readonly (string | undefined)[], addresses: Readonly<Record<string, Receipt | undefined>>) {
  const got: string[] = [];
  const sources = senders.map((callingAeTitle, index): Instance => {
    const address = '10.0.0.1';
    const origin = callingAeTitle
      ? ({ kind: 'c-store', callingAeTitle, calledAeTitle: 'APICAL', address } as const)
      : ({ kind: 'stow-rs', address } as const);
    return { ...anInstance(`source ${index}`), origin };
  });
  const destination = createReturnToSender({
    name: 'back',
    sendersOf: sendersIn({ instances: async () => sources }),
    at(title): Destination | undefined {
      if (!(title in addresses)) return undefined;
      return {
        name: title,
        async deliver() {
          got.push(title);
          return addresses[title];
        },
      };
    },
  });
  return { got, deliver: () => destination.deliver(result, 'path', quiet) };
}

test('results go to each that sent a part of the study, once', async () => {
  const { got, deliver } = returning(['ECHO1', 'ECHO2', 'ECHO1'], {
    ECHO1: undefined,
    ECHO2: undefined,
    ECHO3: undefined,
  });
  expect(await deliver()).toBeUndefined();
  expect(got).toEqual(['ECHO1', 'ECHO2']);
});

test('who has no address gets nothing, and those who have one still do', async () => {
  const { got, deliver } = returning(['ECHO1', 'UNKNOWN'], { ECHO1: undefined });
  await deliver();
  expect(got).toEqual(['ECHO1']);
});

test.each([[['UNKNOWN']], [[undefined]], [[]]])(
  'where nobody has an address (%p) nothing is sent, and why is said',
  async (senders) => {
    const { got, deliver } = returning(senders, { ECHO1: undefined });
    expect(await deliver()).toEqual({ kind: 'withheld', because: 'SENDER_UNKNOWN' });
    expect(got).toEqual([]);
  },
);

test('it is proved only where every sender has proved it', async () => {
  expect(await returning(['A', 'B'], { A: committed, B: committed }).deliver()).toEqual(committed);
  expect(await returning(['A', 'B'], { A: committed, B: undefined }).deliver()).toBeUndefined();
});
