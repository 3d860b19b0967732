import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import {
  readAssociationRequest,
  writeAssociationRequest,
  type AssociationRequest,
  type ProposedContext,
} from '#dimse/association-request';
import { conformanceTables } from '#dimse/conformance';
import { negotiate, type NegotiationPolicy } from '#dimse/negotiation';
import { ProtocolViolation, readPdus, writePdu, type Pdu } from '#dimse/pdu';
import { storageClasses, storageCommitment, verification } from '#dimse/sop-classes';

const policy: NegotiationPolicy = {
  aeTitle: 'APICAL',
  callingAeTitles: [],
  anyCalledAeTitle: false,
  sopClasses: [],
  commitment: [],
  isCrowded: false,
};
const root = '1.2.840.10008.1.2';
const [implicit, explicit, jpeg, jpeg2000, mpeg4, hevc] = [
  root,
  `${root}.1`,
  `${root}.4.50`,
  `${root}.4.90`,
  `${root}.4.102`,
  `${root}.4.107`,
];
const usMultiframe = '1.2.840.10008.5.1.4.1.1.3.1';

function request(more: Partial<AssociationRequest> = {}): AssociationRequest {
  return {
    protocolVersion: 1,
    calledAeTitle: 'APICAL',
    callingAeTitle: 'SCANNER',
    applicationContext: '1.2.840.10008.3.1.1.1',
    contexts: [{ id: 1, abstractSyntax: usMultiframe, transferSyntaxes: [explicit] }],
    pduLengthMax: 16_384,
    implementationClass: '1.2.3',
    implementationVersion: 'V',
    ...more,
  };
}

describe('an association is rejected', () => {
  test.each<[string, Partial<AssociationRequest>, Partial<NegotiationPolicy>]>([
    ['protocol-version-not-supported', { protocolVersion: 2 }, {}],
    ['application-context-not-supported', { applicationContext: '1.2.3' }, {}],
    ['called-ae-title-not-recognized', { calledAeTitle: 'OTHER' }, {}],
    ['called-ae-title-not-recognized', { calledAeTitle: 'apical' }, {}],
    ['calling-ae-title-not-recognized', {}, { callingAeTitles: ['ECHO1', 'ECHO2'] }],
    ['local-limit-exceeded', {}, { isCrowded: true }],
    ['calling-ae-title-not-recognized', {}, { isCrowded: true, callingAeTitles: ['ECHO1'] }], // strangers learn no more
  ])('%s', (because, asked, rules) => {
    expect(negotiate(request(asked), { ...policy, ...rules })).toEqual({ kind: 'reject', because });
  });
});

describe('an association is accepted', () => {
  test.each<[string, Partial<AssociationRequest>, Partial<NegotiationPolicy>]>([
    ['from anybody where nobody is named', {}, {}],
    ['from whoever is named', {}, { callingAeTitles: ['ECHO1', 'SCANNER'] }],
    ['under any title where that is allowed', { calledAeTitle: 'OTHER' }, { anyCalledAeTitle: true }],
    ['in later versions of the protocol', { protocolVersion: 3 }, {}],
  ])('%s', (_name, asked, rules) => {
    expect(negotiate(request(asked), { ...policy, ...rules })).toMatchObject({ kind: 'accept' });
  });
});

describe('of a context', () => {
  const answer = (abstractSyntax: string, ...transferSyntaxes: readonly string[]) => {
    const contexts: ProposedContext[] = [{ id: 7, abstractSyntax, transferSyntaxes }];
    const decision = negotiate(request({ contexts }), policy);
    if (decision.kind === 'reject') throw new Error('rejected');
    const [context] = decision.contexts;
    expect(context!.id).toBe(7);
    return context!.result === 'accepted' ? context!.transferSyntax : context!.result;
  };

  test.each<[string, readonly string[], string]>([
    ['the syntax named first, compressed', [jpeg, explicit, implicit], jpeg],
    ['the syntax named first, plain: nobody is made to compress', [implicit, explicit, jpeg], implicit],
    ['the first that we know', ['1.2.3', jpeg2000, explicit], jpeg2000],
    ['video', [mpeg4], mpeg4],
    ['newer video', [hevc, explicit], hevc],
    ['nothing where no syntax is known', ['1.2.3', '1.2.4'], 'transfer-syntaxes-not-supported'],
    ['nothing where no syntax is named', [], 'transfer-syntaxes-not-supported'],
  ])('%s is taken', (_name, proposed, taken) => {
    expect(answer(usMultiframe, ...proposed)).toBe(taken);
  });

  test('only the storage classes that are named are taken, where any are', () => {
    const ct = '1.2.840.10008.5.1.4.1.1.2';
    const contexts = [usMultiframe, ct, verification.uid].map((abstractSyntax, index) => ({
      id: 2 * index + 1,
      abstractSyntax,
      transferSyntaxes: [implicit],
    }));
    const decision = negotiate(request({ contexts }), { ...policy, sopClasses: [usMultiframe] });
    expect(decision).toMatchObject({
      contexts: [{ result: 'accepted' }, { result: 'abstract-syntax-not-supported' }, { result: 'accepted' }],
    });
  });

  test('every storage class with every transfer syntax is taken', () => {
    const taken = storageClasses.flatMap(({ uid }) =>
      transferSyntaxes.filter((syntax) => answer(uid, syntax.uid) === syntax.uid),
    );
    expect(taken).toHaveLength(storageClasses.length * transferSyntaxes.length);
  });

  test.each([
    ['Ultrasound Image', '1.2.840.10008.5.1.4.1.1.6.1'],
    ['Enhanced US Volume', '1.2.840.10008.5.1.4.1.1.6.2'],
    ['Secondary Capture', '1.2.840.10008.5.1.4.1.1.7'],
    ['Comprehensive SR', '1.2.840.10008.5.1.4.1.1.88.33'],
    ['Comprehensive 3D SR', '1.2.840.10008.5.1.4.1.1.88.34'],
    ['Simplified Adult Echo SR', '1.2.840.10008.5.1.4.1.1.88.72'],
    ['Encapsulated PDF', '1.2.840.10008.5.1.4.1.1.104.1'],
    ['Grayscale Softcopy Presentation State', '1.2.840.10008.5.1.4.1.1.11.1'],
  ])('%s is taken', (_name, uid) => {
    expect(answer(uid, explicit)).toBe(explicit);
  });

  test('verification is taken, but not in a compressed syntax', () => {
    expect(answer(verification.uid, jpeg, implicit)).toBe(implicit);
    expect(answer(verification.uid, jpeg)).toBe('transfer-syntaxes-not-supported');
  });

  test.each([
    ['Study Root Find', '1.2.840.10008.5.1.4.1.2.2.1'],
    ['Storage Commitment', '1.2.840.10008.1.20.1'],
    ['a private class', '1.2.840.113619.4.2'],
    ['no class', ''],
  ])('%s is not taken', (_name, uid) => {
    expect(answer(uid, implicit)).toBe('abstract-syntax-not-supported');
  });

  test('who tells of commitments is heard, who wants them of us is not', () => {
    const { uid } = storageCommitment;
    const contexts = [{ id: 1, abstractSyntax: uid, transferSyntaxes: [implicit] }];
    const telling = { ...request({ contexts }), providedByRequestor: [uid] };
    expect(negotiate(telling, policy)).toEqual({
      kind: 'accept',
      contexts: [{ id: 1, result: 'accepted', transferSyntax: implicit }],
    });
    expect(answer(uid, implicit)).toBe('abstract-syntax-not-supported');
  });
});

describe('the bytes of an association', () => {
  const uid = fc.stringMatching(/^1\.2(\.[1-9][0-9]{0,5}){1,5}$/);
  const title = fc.stringMatching(/^[A-Z0-9_]{1,16}$/);
  const contexts = fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 128 }).chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(2 * id + 1),
          abstractSyntax: uid,
          transferSyntaxes: fc.array(uid, { maxLength: 4 }),
        }),
      ),
    ),
  );

  test('read as they were written, contexts in order', () => {
    fc.assert(
      fc.property(contexts, title, title, (contexts, calledAeTitle, callingAeTitle) => {
        const written = request({ contexts, calledAeTitle, callingAeTitle });
        const sorted = contexts.toSorted((a, b) => a.id - b.id);
        expect(readAssociationRequest(writeAssociationRequest(written).subarray(6))).toEqual({
          ...written,
          contexts: sorted,
        });
      }),
      { numRuns: 50 },
    );
  });

  test('that are damaged are a violation, and nothing worse', () => {
    const whole = writeAssociationRequest(request()).subarray(6);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          readAssociationRequest(bytes.subarray(0, length));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtocolViolation);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('come in pieces of any size', async () => {
    const units = fc.array(fc.tuple(fc.constantFrom(1, 4, 5), fc.uint8Array({ maxLength: 40 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(units, fc.integer({ min: 1, max: 60 }), async (written, size) => {
        const bytes = Buffer.concat(written.map(([type, body]) => writePdu(type, Buffer.from(body))));
        async function* pieces() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const read: Pdu[] = [];
        for await (const pdu of readPdus(pieces(), () => 100)) read.push(pdu);
        expect(read).toEqual(written.map(([type, body]) => ({ type, body: Buffer.from(body) })));
      }),
      { numRuns: 100 },
    );
  });
});

test('the conformance statement has a row for each class and each syntax', () => {
  const statement = conformanceTables();
  for (const { uid } of [verification, ...storageClasses, ...transferSyntaxes])
    expect(statement).toContain(`\`${uid}\``);
});
