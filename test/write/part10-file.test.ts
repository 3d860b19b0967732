import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bufferSource } from '#dicom/byte-source';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import { encapsulate } from '#dicom/write/encapsulate';
import { encodeDataSet } from '#dicom/write/encode-data-set';
import { named } from '#dicom/write/named-attributes';
import { part10File } from '#dicom/write/part10-file';
import { decimalString } from '#dicom/write/value-rules';
import { testWith } from '#test/support/peers';

const written = {
  sopClass: '1.2.840.10008.5.1.4.1.1.88.11',
  sopInstance: '2.25.77',
  attributes: {
    ...named({
      StudyDate: '20260102',
      AccessionNumber: [],
      ImageType: ['DERIVED', 'SECONDARY'],
      Rows: 480,
      FrameTime: 33.333333333333336,
      FrameIncrementPointer: '00181063',
      ContentSequence: [{ ValueType: 'TEXT', TextValue: 'a\\b\nc' }],
      GraphicData: [1.5, -2],
      PixelPaddingValue: 7,
    }),
    '00100010': {
      vr: 'PN',
      Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    },
  },
};

describe('named', () => {
  test('refuses a keyword that the data dictionary does not know', () => {
    expect(() => named({ PatientIdentity: 'x' })).toThrow('There is no attribute PatientIdentity');
  });

  test.each([
    [{ Modality: 'us' }, 'is no CS'],
    [{ SeriesDescription: 'x'.repeat(65) }, 'longer than the 64 characters of LO'],
    [{ SeriesDescription: 'a\\b' }, 'backslash'],
    [{ NumericValue: '12345678901234567' }, 'longer than the 16 characters of DS'],
    [{ ContentDate: '2026-01-02' }, 'longer than the 8 characters of DA'],
    [{ StudyInstanceUID: '1.2.x' }, 'is no UI'],
    [{ ContentSequence: 'text' }, 'is a sequence'],
    [{ Modality: [{ CodeValue: '1' }] }, 'is no sequence'],
  ])('refuses %j, and names no value', (attributes, complaint) => {
    expect(() => named(attributes)).toThrow(complaint);
  });

  test('counts characters, not bytes: 64 ideographs are a description', () => {
    expect(named({ SeriesDescription: '心'.repeat(64) })).toHaveProperty('0008103E');
  });
});

test.each([
  [0, '0'],
  [57.3, '57.3'],
  [1 / 3, '0.33333333333333'],
  [-123456.78901234567, '-123456.78901235'],
  [1.23456789012345e-9, '1.23456789012e-9'],
])('the decimal string of %d is %s', (value, text) => {
  expect(decimalString(value)).toBe(text);
  expect(text.length).toBeLessThanOrEqual(16);
});

test('a file that was written is read back with the values that were stated', () => {
  const json = toDicomJson(readPart10(bufferSource(part10File(written))));
  expect(json['00100010']?.Value).toEqual([
    { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  ]);
  expect(json['00080005']?.Value).toEqual(['ISO_IR 192']);
  expect(json['00080018']?.Value).toEqual(['2.25.77']);
  expect(json['00280009']?.Value).toEqual(['00181063']);
  expect(json['00700022']?.Value).toEqual([1.5, -2]);
  expect(json['0040A730']?.Value).toEqual([
    { '0040A040': { vr: 'CS', Value: ['TEXT'] }, '0040A160': { vr: 'UT', Value: ['a\\b\nc'] } },
  ]);
});

test('the order in which attributes are stated changes no byte', () => {
  const reversed = Object.fromEntries(Object.entries(written.attributes).reverse());
  expect(encodeDataSet(reversed).equals(encodeDataSet(written.attributes))).toBe(true);
});

test('a value that is too long for its VR is refused, not cut', () => {
  expect(() => encodeDataSet({ '00104000': { vr: 'LT', Value: ['x'.repeat(70_000)] } })).toThrow('too many for LT');
});

test('frames of odd length are padded, and the offset table finds them', () => {
  const bytes = encapsulate([Buffer.from([1, 2, 3]), Buffer.from([4, 5])]);
  // OB of undefined length; item of the table: offsets 0 and 12; two fragments; the sequence's end
  expect(bytes.toString('hex').match(/feff00e0.*?(?=feff00e0|feffdde0)/g)).toEqual([
    'feff00e008000000000000000c000000',
    'feff00e00400000001020300',
    'feff00e0020000000405',
  ]);
});

testWith(['dcmdump', 'dcmftest'], 'dcmtk reads what was written, without a complaint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'apical-write-'));
  try {
    const file = join(folder, 'written.dcm');
    writeFileSync(file, part10File(written));
    const { stdout, stderr, status } = spawnSync('dcmdump', ['-v', '+U8', file], { encoding: 'utf8' });
    expect(stderr).not.toMatch(/[EW]:/);
    expect(status).toBe(0);
    expect(stdout).toContain('[Yamada^Tarou=山田^太郎=やまだ^たろう]');
    expect(stdout).toContain('[33.3333333333333]');
    expect(spawnSync('dcmftest', [file]).status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
