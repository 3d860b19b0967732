import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFrameReader, readEncodedFrames } from '#dicom/frame-index';
import { fileMeta } from '#dicom/part10';
import { decodeFrames } from '#dicom/pixels/decode';
import { AgentError } from '#domain/errors';

const folder = mkdtempSync(join(tmpdir(), 'frames-'));
afterAll(() => rmSync(folder, { recursive: true }));

const syntax = { explicit: '1.2.840.10008.1.2.1', big: '1.2.840.10008.1.2.2', jpeg: '1.2.840.10008.1.2.4.50' };
const long = new Set(['OB', 'OW', 'OV']);

/** One element in explicit VR, of either byte order. */
function element(tag: number, vr: string, value: Buffer, { isBig = false, isUndefined = false } = {}): Buffer {
  const head = Buffer.alloc(long.has(vr) ? 12 : 8);
  const u16 = (number: number, at: number) => (isBig ? head.writeUInt16BE(number, at) : head.writeUInt16LE(number, at));
  u16(tag >>> 16, 0);
  u16(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  const length = isUndefined ? 0xffffffff : value.length;
  if (!long.has(vr)) u16(length, 6);
  else if (isBig) head.writeUInt32BE(length, 8);
  else head.writeUInt32LE(length, 8);
  return Buffer.concat([head, value]);
}

interface Picture {
  readonly transferSyntax: string;
  readonly frames: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly bits?: number;
  /** The pixel data and what stands before it in its group. */
  readonly pixelData: readonly Buffer[];
  readonly before?: readonly Buffer[];
  readonly photometric?: string;
}

function written({ rows = 1, columns = 3, bits = 8, photometric = 'MONOCHROME2', ...picture }: Picture): string {
  const isBig = picture.transferSyntax === syntax.big;
  const text = (tag: number, vr: string, value: string) =>
    element(tag, vr, Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ')), { isBig });
  const number = (tag: number, value: number) => {
    const bytes = Buffer.alloc(2);
    return element(tag, 'US', (isBig ? bytes.writeUInt16BE(value) : bytes.writeUInt16LE(value), bytes), { isBig });
  };
  const sopClass = '1.2.840.10008.5.1.4.1.1.3.1';
  const path = join(folder, 'picture.dcm');
  const bytes = [
    fileMeta({ sopClass, sopInstance: '1.2.3', transferSyntax: picture.transferSyntax }),
    text(0x00080016, 'UI', sopClass),
    text(0x00080018, 'UI', '1.2.3'),
    text(0x0020000d, 'UI', '1.2.4'),
    text(0x0020000e, 'UI', '1.2.5'),
    number(0x00280002, 1),
    text(0x00280004, 'CS', photometric),
    text(0x00280008, 'IS', String(picture.frames)),
    number(0x00280010, rows),
    number(0x00280011, columns),
    number(0x00280100, bits),
    number(0x00280101, bits),
    ...(picture.before ?? []),
    ...picture.pixelData,
  ];
  writeFileSync(path, Buffer.concat(bytes));
  return path;
}

/** Encapsulated pixel data (PS3.5 annex A.4): an offset table, fragments, the end. */
function encapsulated(table: readonly number[], fragments: readonly string[]): Buffer {
  const item = (value: Buffer, tag = 0xe000) => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(0xfffe, 0);
    head.writeUInt16LE(tag, 2);
    head.writeUInt32LE(value.length, 4);
    return Buffer.concat([head, value]);
  };
  const offsets = Buffer.alloc(4 * table.length);
  for (const [index, offset] of table.entries()) offsets.writeUInt32LE(offset, 4 * index);
  const items = [
    item(offsets),
    ...fragments.map((text) => item(Buffer.from(text, 'latin1'))),
    item(Buffer.alloc(0), 0xe0dd),
  ];
  return element(0x7fe00010, 'OB', Buffer.concat(items), { isUndefined: true });
}

function extendedTable(offsets: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * offsets.length);
  for (const [index, offset] of offsets.entries()) bytes.writeBigUInt64LE(BigInt(offset), 8 * index);
  return element(0x7fe00001, 'OV', bytes);
}

const soi = '\xff\xd8\xff\xe0';

test.each<[string, Buffer, readonly Buffer[]]>([
  ['its Basic Offset Table', encapsulated([0, 22, 44], ['aabb', 'cc', 'ddee', 'ff', 'gghh']), []],
  ['its Extended Offset Table', encapsulated([], ['aabb', 'cc', 'ddee', 'ff', 'gghh']), [extendedTable([0, 22, 44])]],
  ['where JPEG streams begin', encapsulated([], [`${soi}aabb`, 'cc', `${soi}ddee`, 'ff', `${soi}gghh`]), []],
])('frames of several fragments are told apart by %s', (_, pixelData, before) => {
  const path = written({ transferSyntax: syntax.jpeg, frames: 3, pixelData: [pixelData], before });
  const { frames } = readEncodedFrames(path, [2, 0, 1]);
  expect(frames.map((frame) => frame.toString('latin1').replace(soi, ''))).toEqual(['gghh', 'aabbcc', 'ddeeff']);
});

test.each<[string, Picture]>([
  [
    'an offset table that points beside',
    { transferSyntax: syntax.jpeg, frames: 2, pixelData: [encapsulated([0, 999], ['aa', 'bb', 'cc'])] },
  ],
  [
    'fewer streams than frames',
    { transferSyntax: syntax.jpeg, frames: 2, pixelData: [encapsulated([], [soi, 'bb', 'cc'])] },
  ],
  ['no fragment', { transferSyntax: syntax.jpeg, frames: 1, pixelData: [encapsulated([], [])] }],
  [
    'a frame of more bytes than its pixels can need',
    { transferSyntax: syntax.jpeg, frames: 1, pixelData: [encapsulated([], ['x'.repeat(70_000)])] },
  ],
  [
    'an offset table that goes back',
    { transferSyntax: syntax.jpeg, frames: 3, pixelData: [encapsulated([0, 30, 10], ['aa', 'bb', 'cc', 'dd', 'ee'])] },
  ],
  [
    'no pixel data behind the rows of an icon',
    { transferSyntax: syntax.explicit, frames: 1, pixelData: [element(0x7fe00010, 'OB', Buffer.alloc(2))] },
  ],
  [
    'two thousand million frames',
    { transferSyntax: syntax.explicit, frames: 2_000_000_000, pixelData: [element(0x7fe00010, 'OB', Buffer.alloc(6))] },
  ],
  [
    'as many frames of no bits',
    {
      transferSyntax: syntax.explicit,
      frames: 2_000_000_000,
      bits: 0,
      pixelData: [element(0x7fe00010, 'OB', Buffer.alloc(6))],
    },
  ],
  [
    '65,535 rows and columns in a few bytes',
    { transferSyntax: syntax.jpeg, frames: 1, rows: 65_535, columns: 65_535, pixelData: [encapsulated([], [soi])] },
  ],
])('it is undecodable: %s', async (_, picture) => {
  await expect(decodeFrames(written(picture), [0])).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
});

test('more than can be held at once is refused before it is decoded', async () => {
  const fragments = Array.from({ length: 40 }, () => soi);
  const pixelData = [encapsulated([], fragments)];
  const path = written({ transferSyntax: syntax.jpeg, frames: 40, rows: 4000, columns: 4000, pixelData });
  const all = fragments.map((_, index) => index);
  await expect(decodeFrames(path, all)).rejects.toThrow(/40 frames of 4000 × 4000 pixels are too many/);
  await expect(decodeFrames(path, [0])).rejects.toThrow(/decoder refused/);
});

test('a hundred thousand fragments are told apart at once', () => {
  const fragments = Array.from({ length: 99_000 }, (_, index) => (index % 2 === 0 ? `${soi}${index % 9}` : 'x'));
  const path = written({ transferSyntax: syntax.jpeg, frames: 49_500, pixelData: [encapsulated([], fragments)] });
  expect(readEncodedFrames(path, [49_499]).frames[0]!.toString('latin1')).toBe(`${soi}${98_998 % 9}x`);
}, 10_000);

test('big endian words of 8-bit samples come in their order, where a frame ends within a word too', async () => {
  const path = written({
    transferSyntax: syntax.big,
    frames: 3,
    pixelData: [element(0x7fe00010, 'OW', Buffer.from([2, 1, 4, 3, 6, 5, 8, 7, 0, 9]), { isBig: true })],
  });
  expect(readEncodedFrames(path, [0, 1, 2]).frames.map((frame) => [...frame])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  const { pixels } = await decodeFrames(path, [1]);
  expect([...pixels[0]!]).toEqual([4, 4, 4, 5, 5, 5, 6, 6, 6]);
});

test('big endian bytes are left alone, and words of 16 bits are turned', async () => {
  const value = Buffer.from([1, 2, 3, 0]);
  const bytes = {
    transferSyntax: syntax.big,
    frames: 1,
    pixelData: [element(0x7fe00010, 'OB', value, { isBig: true })],
  };
  expect([...readEncodedFrames(written(bytes), [0]).frames[0]!]).toEqual([1, 2, 3]);
  const pixelData = [element(0x7fe00010, 'OW', Buffer.from([10, 0, 20, 0, 30, 0]), { isBig: true })];
  const { pixels } = await decodeFrames(written({ ...bytes, bits: 16, pixelData }), [0]);
  expect([pixels[0]![0], pixels[0]![3], pixels[0]![6]]).toEqual([10, 20, 30]);
});

test('a reader that remembers where frames lie gives the same, and looks anew at another file and at one that was changed', () => {
  const put = (name: string, frames: number, pixelData: Buffer) => {
    const path = join(folder, name);
    renameSync(written({ transferSyntax: syntax.jpeg, frames, pixelData: [pixelData] }), path);
    return path;
  };
  const one = put('one.dcm', 3, encapsulated([0, 22, 44], ['aabb', 'cc', 'ddee', 'ff', 'gghh']));
  const other = put('other.dcm', 2, encapsulated([], ['xx', 'yyyy']));
  const read = createFrameReader();
  const text = (path: string, ...indices: number[]) => read(path, indices).frames.map((frame) => frame.toString());
  expect(text(one, 2)).toEqual(['gghh']);
  expect(text(one, 0, 1)).toEqual(['aabbcc', 'ddeeff']);
  expect(text(other, 1)).toEqual(['yyyy']);
  expect(() => read(other, [2])).toThrow('There is no frame 3');
  put('other.dcm', 1, encapsulated([], ['another.']));
  expect(text(other, 0)).toEqual(['another.']);
});

test('a segmented palette that unfolds to millions of entries is refused', async () => {
  const table = (tag: number, words: readonly number[]) =>
    element(tag, 'OW', Buffer.from(Uint16Array.from(words).buffer));
  const before = [1, 2, 3].flatMap((channel) => [
    element(0x00281100 + channel, 'US', Buffer.from(Uint16Array.of(256, 0, 16).buffer)),
  ]);
  const segments = [1, 2, 3].map((channel) =>
    table(0x00281220 + channel, [
      1,
      1,
      9,
      2,
      2000,
      14,
      0,
      ...Array.from({ length: 2000 }, () => [1, 65_535, 9]).flat(),
    ]),
  );
  const pixelData = [element(0x7fe00010, 'OB', Buffer.alloc(4))];
  const path = written({
    transferSyntax: syntax.explicit,
    frames: 1,
    photometric: 'PALETTE COLOR',
    before: [...before, ...segments],
    pixelData,
  });
  await expect(decodeFrames(path, [0])).rejects.toMatchObject({ code: 'PIXELS_UNDECODABLE' });
});

test('pixel data with any bytes changed are decoded or refused by a fault that we know', async () => {
  const whole = encapsulated([0], ['\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9']);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      async (changes) => {
        const pixelData = Buffer.from(whole);
        for (const [at, value] of changes) pixelData[at % pixelData.length] = value;
        const path = written({ transferSyntax: syntax.jpeg, frames: 1, pixelData: [pixelData] });
        const code = await decodeFrames(path, [0]).then(
          () => 'decoded',
          (thrown: unknown) => (thrown instanceof AgentError ? thrown.code : String(thrown)),
        );
        expect(code).toMatch(/^(decoded|OBJECT_UNREADABLE|PIXELS_UNDECODABLE|TRANSFER_SYNTAX_UNSUPPORTED)$/);
      },
    ),
    { numRuns: 300 },
  );
});
