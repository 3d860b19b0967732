import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { withFile } from '#dicom/byte-source';
import { textDecoding } from '#dicom/character-sets';
import { readPart10 } from '#dicom/part10';
import { toDicomJson } from '#dicom/values';
import { sharedPath, testWith } from '#test/support/peers';

/** Bytes written as in the standard: `\x` with two digits for what is no ASCII, ESC as `␛`. */
function bytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('␛', '\x1b'), 'latin1');
}

const kanji = '␛$B;3ED␛(B^␛$BB@O:␛(B=␛$B$d$^$@␛(B^␛$B$?$m$&␛(B';

test.each<[string, string, string, string]>([
  ['no set', '', 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
  ['Latin 1 (PS3.3 table C.12-2)', 'ISO_IR 100', '\xc4neas^R\xfcdiger', 'Äneas^Rüdiger'],
  ['Latin 2', 'ISO_IR 101', 'Wa\xb3\xeasa', 'Wałęsa'],
  ['Latin 3', 'ISO_IR 109', '\xa1al', 'Ħal'],
  ['Latin 4', 'ISO_IR 110', '\xa3\xe3ris', 'Ŗãris'],
  ['Latin 5', 'ISO_IR 148', '\xc7avu\xfeo\xf0lu', 'Çavuşoğlu'],
  ['Latin 9', 'ISO_IR 203', '\xa4 \xbcuvre', '€ Œuvre'],
  ['Cyrillic', 'ISO_IR 144', '\xbb\xee\xdace\xdc\xd1yp\xd3', 'Люкceмбypг'],
  ['Greek', 'ISO_IR 126', '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2', 'Διονυσιος'],
  ['Arabic', 'ISO_IR 127', '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1', 'قباني^لنزار'],
  ['Hebrew', 'ISO_IR 138', '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4', 'שרון^דבורה'],
  ['Thai', 'ISO_IR 166', '\xca\xc1\xaa\xd2\xc2', 'สมชาย'],
  ['Katakana of half width', 'ISO_IR 13', '\xd4\xcf\xc0\xde^\xc0\xdb\xb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  [
    'Kanji by code extension (PS3.5 section H.3.1)',
    '\\ISO 2022 IR 87',
    `Yamada^Tarou=${kanji}`,
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'Kanji beside Katakana (PS3.5 section H.3.2)',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    `\xd4\xcf\xc0\xde^\xc0\xdb\xb3=${kanji.replaceAll('(B', '(J')}`,
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  ['supplementary Kanji', '\\ISO 2022 IR 159', '␛$(D0!␛(B', '丂'],
  [
    'Korean by code extension (PS3.5 section I.2)',
    '\\ISO 2022 IR 149',
    'Hong^Gildong=␛$)C\xfb\xf3^␛$)C\xd1\xce\xd4\xd7=␛$)C\xc8\xab^␛$)C\xb1\xe6\xb5\xbf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'Chinese by code extension (PS3.5 section K.2)',
    '\\ISO 2022 IR 58',
    'Zhang^XiaoDong=␛$)A\xd5\xc5^␛$)A\xd0\xa1\xb6\xab=',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['GB18030 (PS3.5 section J.3)', 'GB18030', 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=', 'Wang^XiaoDong=王^小东='],
  ['GB18030 with four bytes', 'GB18030', '\x81\x30\x81\x34', '\u0084'],
  ['GBK', 'GBK', '\x8c\x5c', '孿'],
  ['UTF-8 (PS3.5 section J.1)', 'ISO_IR 192', 'Wang=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1', 'Wang=王^小東'],
  ['Latin and Greek by code extension', 'ISO 2022 IR 100\\ISO 2022 IR 126', '\xc4^␛-F\xc4^\xc4', 'Ä^Δ^Ä'],
  ['an escape sequence that nobody knows', '\\ISO 2022 IR 87', 'a␛%Gb', 'a%Gb'],
  ['an escape sequence at the end', '\\ISO 2022 IR 87', 'a␛', 'a'],
  ['half a Kanji', '\\ISO 2022 IR 87', '␛$B;', ''],
])('%s', (_, sets, text, expected) => {
  expect(textDecoding(sets.split('\\'))(bytes(text))).toBe(expected);
});

for (const name of ['chrArab', 'chrGerm', 'chrGreek', 'chrI2', 'chrRuss', 'chrX1', 'chrX2'])
  testWith(['dcmdump', `shared:corpus/charset/${name}.dcm`], `the name in ${name} is the one that dcmtk reads`, () => {
    const path = sharedPath('corpus', 'charset', `${name}.dcm`);
    const dumped = spawnSync('dcmdump', ['-q', '+U8', '+P', '0010,0010', path]).stdout.toString();
    const theirs = /\[(.*)\]/.exec(dumped)?.[1];
    expect(nameIn(path)).toBe(theirs);
  });

// dcmtk's build here has no Japanese sets: what these files say stands in the standard (PS3.5 annex H).
for (const [name, expected] of [
  ['chrH31', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
  ['chrJapMulti', 'やまだ^たろう'],
] as const)
  testWith([`shared:corpus/charset/${name}.dcm`], `the name in ${name} is ${expected}`, () => {
    expect(nameIn(sharedPath('corpus', 'charset', `${name}.dcm`))).toBe(expected);
  });

testWith(['shared:corpus/charset'], 'no file of the corpus leaves a replacement character or an escape', () => {
  for (const name of readdirSync(sharedPath('corpus', 'charset'))) {
    const json = withFile(sharedPath('corpus', 'charset', name), (source) => toDicomJson(readPart10(source)));
    expect([name, JSON.stringify(json)]).toEqual([name, expect.not.stringMatching(/\uFFFD|\\u001b/)]);
  }
});

function nameIn(path: string): string {
  const json = withFile(path, (source) => toDicomJson(readPart10(source)));
  return Object.values(json['00100010']?.Value?.[0] ?? {}).join('=');
}
