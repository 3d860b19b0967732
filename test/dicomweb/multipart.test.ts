import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readParts, writeParts } from '#dicomweb/multipart';
import { AgentError } from '#domain/errors';

const fault = (sentence: string) => new AgentError('REQUEST_INVALID', sentence);

async function read(message: Uint8Array, chunkBytes: number, headerBytesMax = 1000) {
  async function* source() {
    for (let at = 0; at < message.length; at += chunkBytes) yield message.subarray(at, at + chunkBytes);
  }
  const parts = [];
  for await (const { headers, body } of readParts(source(), { boundary: 'edge', headerBytesMax, fault })) {
    const chunks = [];
    for await (const chunk of body) chunks.push(chunk);
    parts.push({ type: headers.get('content-type'), content: Buffer.concat(chunks).toString('latin1') });
  }
  return parts;
}

test('what is written is read back, whatever the chunks', async () => {
  const content = fc.array(fc.constantFrom('\r\n', '--', 'edge', '-', '\r', '\n', 'x', '\0'), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      async (contents, chunkBytes) => {
        const texts = contents.map((pieces) => pieces.join('')).filter((text) => !`\r\n${text}`.includes('\r\n--edge'));
        const parts = texts.map((text) => ({
          headers: { 'Content-Type': 'a/b' },
          body: [Buffer.from(text, 'latin1')],
        }));
        const message = [];
        for await (const chunk of writeParts(parts, 'edge')) message.push(chunk);
        expect(await read(Buffer.concat(message), chunkBytes)).toEqual(
          texts.map((text) => ({ type: 'a/b', content: text })),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('a preamble, blanks after a boundary and an epilogue mean nothing', async () => {
  const message = Buffer.from(
    'hello\r\n--edge  \r\ncontent-TYPE: a/b\r\n\r\none\r\n--edge\r\n\r\n\r\n--edge-- \r\nbye',
  );
  expect(await read(message, 7)).toEqual([
    { type: 'a/b', content: 'one' },
    { type: undefined, content: '' },
  ]);
});

test('what a reader leaves of a part is skipped', async () => {
  const message = Buffer.from('--edge\r\n\r\n0123456789\r\n--edge\r\n\r\nsecond\r\n--edge--');
  async function* source() {
    for (const byte of message) yield Uint8Array.of(byte);
  }
  const begun = [];
  for await (const { body } of readParts(source(), { boundary: 'edge', headerBytesMax: 100, fault }))
    for await (const chunk of body) {
      begun.push(Buffer.from(chunk).toString());
      break;
    }
  expect(begun).toEqual(['0', 's']);
});

test.each([
  ['it ends within a part', '--edge\r\n\r\nabc'],
  ['it ends after a boundary', '--edge\r\n\r\nabc\r\n--edge\r\n'],
  ['its headers have no end', `--edge\r\n${'a: b\r\n'.repeat(300)}`],
  ['a header is no header', '--edge\r\nnonsense\r\n\r\nabc\r\n--edge--'],
  ['the boundary never comes', 'x'.repeat(5000)],
  ['it is empty', ''],
])('a message is refused when %s', async (_, message) => {
  await expect(read(Buffer.from(message), 64)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
});

test.each([
  [73, 'read'], // as Orthanc writes it, three more than RFC 2046 allows
  [201, 'REQUEST_INVALID'],
])('a boundary of %d characters is %s', async (length, expected) => {
  const boundary = 'b'.repeat(length);
  async function* source() {
    yield Buffer.from(`--${boundary}\r\n\r\none\r\n--${boundary}--`);
  }
  const reading = async () => {
    for await (const _ of readParts(source(), { boundary, headerBytesMax: 100, fault }));
    return 'read';
  };
  expect(await reading().catch((thrown: AgentError) => thrown.code)).toBe(expected);
});
