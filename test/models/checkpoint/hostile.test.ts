import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { CheckpointError } from '#models/checkpoint/checkpoint-error';
import { openCheckpoint } from '#models/checkpoint/open-checkpoint';
import { legacyMagic } from '#models/checkpoint/torch-file';
import { sharedPath, testWith } from '#test/support/peers';
import { numberOp, pickleOf, safetensorsOf, tensorOp, textOp, zipOf } from './made-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const path = join(folder, 'model.bin');
const witness = join(folder, 'executed');
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads every number of a file, and says what the reader said against it. */
async function complaint(bytes: Uint8Array): Promise<string> {
  writeFileSync(path, bytes);
  try {
    const checkpoint = await openCheckpoint(path);
    try {
      for (const tensor of checkpoint.tensors.values()) await tensor.read();
      return 'none';
    } finally {
      await checkpoint.close();
    }
  } catch (thrown) {
    // Anything but a named fault is a defect of the reader.
    if (!(thrown instanceof CheckpointError)) throw thrown;
    return thrown.detail;
  }
}

const inZip = (pickle: Buffer, storage = Buffer.alloc(24)): Buffer =>
  zipOf({ 'm/data.pkl': pickle, 'm/data/0': storage });
const inLegacy = (pickle: Buffer): Buffer =>
  Buffer.concat([
    legacyMagic,
    pickleOf(numberOp(1001)),
    pickleOf(`}(${textOp('little_endian')}\x88u`),
    pickle,
    pickleOf(']'),
  ]);
const dictOf = (value: string): string => `}(${textOp('w')}${value}u`;
const honest = tensorOp({ count: 6, shape: [2, 3], strides: [3, 1] });

test('the files made here are read where they are honest', async () => {
  expect(await complaint(inZip(pickleOf(dictOf(honest))))).toBe('none');
  expect(await complaint(safetensorsOf({ w: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } }, 24))).toBe(
    'none',
  );
});

describe('a pickle that would run something is refused by the name of that thing, and nothing runs', () => {
  const command = `(${textOp(`touch ${witness}`)}tR`;
  const attacks: readonly (readonly [string, string, string])[] = [
    ['a shell', `cos\nsystem\n${command}`, 'os.system'],
    ['a shell by its C name', `cposix\nsystem\n${command}`, 'posix.system'],
    ['an evaluation', `cbuiltins\neval\n${command}`, 'builtins.eval'],
    ['an evaluation of Python 2', `c__builtin__\neval\n${command}`, '__builtin__.eval'],
    ['a global named by two texts', `${textOp('subprocess')}${textOp('Popen')}\x93${command}`, 'subprocess.Popen'],
    ['another part of torch', `ctorch.hub\nload\n${command}`, 'torch.hub.load'],
    ['an instance (INST)', `(${textOp('x')}ios\nsystem\n`, 'operation 0x69'],
    ['an instance (NEWOBJ)', `ccollections\nOrderedDict\n)\x81`, 'operation 0x81'],
    ['an extension (EXT1)', `\x82\x01`, 'operation 0x82'],
    ['a state for a storage type', `ctorch\nFloatStorage\n}b`, 'state of something that is no dict'],
    ['a call of a storage type', `ctorch\nFloatStorage\n)R`, 'call of a storage type'],
    ['a call of a text', `${textOp('os.system')})R`, 'cannot be called'],
  ];
  for (const [what, operations, named] of attacks) {
    test(what, async () => {
      expect(await complaint(inZip(pickleOf(dictOf(operations))))).toContain(named);
      expect(await complaint(inLegacy(pickleOf(dictOf(operations))))).toContain(named);
      expect(existsSync(witness)).toBe(false);
    });
  }
});

describe('a pickle that claims more than it holds is refused', () => {
  const claims: readonly (readonly [string, string, string])[] = [
    ['a tensor beyond its storage', tensorOp({ count: 6, shape: [3, 3], strides: [3, 1] }), 'beyond its storage'],
    ['an offset beyond its storage', tensorOp({ count: 6, shape: [6], strides: [1], offset: 1 }), 'beyond its storage'],
    [
      'one number repeated for ever',
      tensorOp({ count: 6, shape: [40_000, 40_000], strides: [0, 0] }),
      'beyond its storage',
    ],
    ['a storage that is longer than its entry', tensorOp({ count: 7, shape: [7], strides: [1] }), 'lacks numbers'],
    ['a negative size', tensorOp({ count: 6, shape: [-1], strides: [1] }), 'impossible shape'],
    ['a shape without strides', tensorOp({ count: 6, shape: [2, 3], strides: [1] }), 'without a shape'],
    ['groups without end', '('.repeat(300), 'larger or deeper'],
    ['a value that was never stored', 'h\x05', 'recalls a value'],
    ['an integer of absurd size', '\x8a\xff', 'absurd size'],
    ['text beyond the end', 'X\xff\xff\xff\x7f', 'ends too soon'],
    ['text of 2^63 bytes', '\x8d\0\0\0\0\0\0\0\x80', 'ends too soon'],
    ['an integer of 2^31 bytes', '\x8b\xff\xff\xff\x7f', 'operation 0x8b'],
    ['a tuple within itself', '](h\0tq\0a', 'recalls a value'],
    ['a state for a tensor', `${honest}}b`, 'state of something that is no dict'],
  ];
  for (const [what, operations, named] of claims) {
    test(what, async () => expect(await complaint(inZip(pickleOf(dictOf(operations))))).toContain(named));
  }
});

describe('a ZIP file that is not torch.save’s is refused', () => {
  const pickle = pickleOf(dictOf(honest));
  /** A sound file with a lie in its end record, or in the first record of its directory. */
  const lying = (tell: (zip: Buffer, end: number, first: number) => void): Buffer => {
    const zip = inZip(pickle);
    const end = zip.length - 22;
    tell(zip, end, zip.readUInt32LE(end + 16));
    return zip;
  };
  const files: readonly (readonly [string, Buffer, string])[] = [
    ['compressed entries', zipOf({ 'm/data.pkl': pickle, 'm/data/0': Buffer.alloc(24) }, 8), 'compressed'],
    ['no list of tensors', zipOf({ 'm/data/0': Buffer.alloc(24) }), 'without data.pkl'],
    ['no numbers', zipOf({ 'm/data.pkl': pickle }), 'lacks numbers'],
    ['a TorchScript program', zipOf({ 'm/data.pkl': pickle, 'm/constants.pkl': pickle }), 'TorchScript'],
    ['no tensors', inZip(pickleOf('}')), 'holds no tensors'],
    ['a directory that is not there', lying((zip, end) => zip.writeUInt32LE(0xfffffffe, end + 16)), 'ends before byte'],
    ['a directory without end', lying((zip, end) => zip.writeUInt32LE(0xfffffffe, end + 12)), 'directory is larger'],
    ['a directory within itself', lying((zip, end) => zip.writeUInt32LE(end, end + 16)), 'ends before byte'],
    ['an entry beyond the end', lying((zip, _, at) => zip.writeUInt32LE(0xfffffff0, at + 42)), 'ends before byte'],
    [
      'an entry of absurd size',
      lying((zip, _, at) => {
        zip.writeUInt32LE(0xfffffff0, at + 20);
        zip.writeUInt32LE(0xfffffff0, at + 24);
      }),
      'beyond its end',
    ],
    ['a name without end', lying((zip, _, at) => zip.writeUInt16LE(0xffff, at + 28)), 'directory is broken'],
    ['a Zip64 end that is missing', lying((zip, end) => zip.writeUInt32LE(0xffffffff, end + 16)), 'locator is missing'],
    ['a Zip64 size that is missing', lying((zip, _, at) => zip.writeUInt32LE(0xffffffff, at + 42)), 'Zip64 field'],
    ['a bomb', zipOf({ 'm/data.pkl': pickle, 'm/data/0': deflateRawSync(Buffer.alloc(1 << 24)) }, 8), 'compressed'],
    ['no dict', inZip(pickleOf(']')), 'no dict of tensors'],
  ];
  for (const [what, bytes, named] of files) test(what, async () => expect(await complaint(bytes)).toContain(named));
});

describe('a safetensors header that lies is refused', () => {
  const entry = { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] };
  const files: readonly (readonly [string, Buffer, string])[] = [
    ['a length beyond the file', safetensorsOf({ w: entry }, 24, 1n << 40n), 'its header claims'],
    ['a length beyond the format', safetensorsOf({ w: entry }, 24, (1n << 64n) - 1n), 'its header claims'],
    ['no JSON', safetensorsOf('{"w":', 24), 'not JSON'],
    [
      'offsets that do not fit the shape',
      safetensorsOf({ w: { ...entry, shape: [3, 3] } }, 24),
      'do not fit its shape',
    ],
    ['offsets backwards', safetensorsOf({ w: { ...entry, data_offsets: [24, 0] } }, 24), 'do not fit its shape'],
    ['two tensors in one place', safetensorsOf({ v: entry, w: entry }, 24), 'overlaps another'],
    ['a gap', safetensorsOf({ w: { ...entry, data_offsets: [8, 32] } }, 32), 'leaves a gap'],
    ['numbers beyond the end', safetensorsOf({ w: entry }, 20), 'describes 24 bytes'],
    ['bytes that no tensor owns', safetensorsOf({ w: entry }, 28), 'describes 24 bytes'],
    ['an unknown element type', safetensorsOf({ w: { ...entry, dtype: 'F8_E5M2' } }, 24), 'F8_E5M2'],
    ['an inherited name for a type', safetensorsOf({ w: { ...entry, dtype: 'constructor' } }, 24), 'constructor'],
    ['a shape beyond counting', safetensorsOf({ w: { ...entry, shape: [2 ** 40, 2 ** 40] } }, 24), 'impossible shape'],
    ['nothing', safetensorsOf({}, 0), 'holds no tensors'],
    ['a length of 2^63', safetensorsOf({ w: entry }, 24, 1n << 63n), 'its header claims'],
    ['one name twice', safetensorsOf(`{"w":${JSON.stringify(entry)},"\\u0077":${JSON.stringify(entry)}}`, 24), 'twice'],
    [
      'a type twice',
      safetensorsOf('{"w":{"dtype":"F32","dtype":"I32","shape":[6],"data_offsets":[0,24]}}', 24),
      'twice',
    ],
    ['groups without end', safetensorsOf(`{"w":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 24), 'lacks a shape'],
    ['a name for a terminal', safetensorsOf({ 'w\u001b[2J': entry }, 24), 'name no library writes'],
    [
      'tensors without end',
      safetensorsOf(
        Object.fromEntries(Array.from({ length: 100_001 }, (_, at) => [`t${at}`, { ...entry, shape: [0] }])),
        0,
      ),
      'more tensors',
    ],
  ];
  for (const [what, bytes, named] of files) test(what, async () => expect(await complaint(bytes)).toContain(named));
});

describe('a file that was cut short or changed on its way', () => {
  for (const file of [
    'open_clip_pytorch_model.bin',
    'open_clip_pytorch_model.legacy.bin',
    'open_clip_model.safetensors',
  ]) {
    testWith(['shared:reference/echoclip_tiny'], `${file}, cut at any place, is refused with a sentence`, async () => {
      const whole = readFileSync(sharedPath('reference', 'echoclip_tiny', file));
      const lengths = [
        0,
        1,
        3,
        8,
        15,
        100,
        4097,
        ...Array.from({ length: 16 }, (_, index) => Math.floor((whole.length * (index + 1)) / 17)),
        whole.length - 1,
      ];
      for (const length of lengths) expect(await complaint(whole.subarray(0, length))).not.toBe('none');
    });
  }

  testWith(
    ['shared:reference/echoclip_tiny'],
    'a bit that changed in the numbers or in their list is found by its CRC-32',
    async () => {
      const whole = readFileSync(sharedPath('reference', 'echoclip_tiny', 'open_clip_pytorch_model.bin'));
      const list = whole.indexOf('visual.trunk.stem.0.weight');
      for (const at of [list, list + 40, Math.floor(whole.length / 2), Math.floor(whole.length / 3)]) {
        const changed = Buffer.from(whole);
        changed[at]! ^= 0x10;
        expect(await complaint(changed)).toContain('CRC-32');
      }
    },
  );

  testWith(
    ['shared:reference/echoclip_tiny'],
    'whatever bit changes, the answer is the file or a named fault',
    async () => {
      const whole = readFileSync(sharedPath('reference', 'echoclip_tiny', 'unpickler_edge.pt'));
      for (let bit = 0; bit < whole.length * 8; bit += 41) {
        const changed = Buffer.from(whole);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(typeof (await complaint(changed))).toBe('string');
      }
    },
  );
});
