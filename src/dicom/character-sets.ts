// Text of a data set to Unicode, by Specific Character Set (0008,0005), with and without code extensions
// (PS3.3 section C.12.1.1.2, PS3.5 section 6.1 and annexes H to K).

/** Decoders of the bytes from 0x80 on, by defined term; `ISO 2022 IR n` and `ISO_IR n` name the same set. */
const rightHalves: Readonly<Record<string, string>> = {
  '100': 'latin1', '101': 'iso-8859-2', '109': 'iso-8859-3', '110': 'iso-8859-4', '144': 'iso-8859-5',
  '127': 'iso-8859-6', '126': 'iso-8859-7', '138': 'iso-8859-8', '148': 'windows-1254', '203': 'iso-8859-15',
  '13': 'shift_jis', '166': 'windows-874', '149': 'euc-kr', '58': 'gb18030',
}; // prettier-ignore
const wholeSets: Readonly<Record<string, string>> = { 'ISO_IR 192': 'utf-8', GB18030: 'gb18030', GBK: 'gb18030' };

/** Escape sequences (PS3.3 tables C.12-3 and C.12-4): which half of the code table they set, and to what. */
const escapes: Readonly<Record<string, { readonly half: 'left' | 'right'; readonly set: string }>> = {
  '(B': { half: 'left', set: 'ascii' },
  '(J': { half: 'left', set: 'ascii' },
  ')I': { half: 'right', set: 'shift_jis' },
  $B: { half: 'left', set: 'jis-x-0208' },
  '$(D': { half: 'left', set: 'jis-x-0212' },
  '$)C': { half: 'right', set: 'euc-kr' },
  '$)A': { half: 'right', set: 'gb18030' },
  '-A': { half: 'right', set: 'latin1' },
  '-B': { half: 'right', set: 'iso-8859-2' },
  '-C': { half: 'right', set: 'iso-8859-3' },
  '-D': { half: 'right', set: 'iso-8859-4' },
  '-L': { half: 'right', set: 'iso-8859-5' },
  '-G': { half: 'right', set: 'iso-8859-6' },
  '-F': { half: 'right', set: 'iso-8859-7' },
  '-H': { half: 'right', set: 'iso-8859-8' },
  '-M': { half: 'right', set: 'windows-1254' },
  '-b': { half: 'right', set: 'iso-8859-15' },
  '-T': { half: 'right', set: 'windows-874' },
};

export type TextDecoding = (bytes: Buffer) => string;

/** How text under these values of Specific Character Set is decoded. Bytes that mean nothing become U+FFFD. */
export function textDecoding(characterSets: readonly string[]): TextDecoding {
  const first = characterSets[0] ?? '';
  const whole = wholeSets[first];
  if (whole) return (bytes) => new TextDecoder(whole).decode(bytes);
  // Without a declared set, bytes from 0x80 on are against the standard; Latin-1 is what they are most often.
  const right = rightHalves[/\d+$/.exec(first)?.[0] ?? ''] ?? 'latin1';
  return (bytes) => (bytes.includes(0x1b) ? decodeExtended(bytes, right) : decodeRun(bytes, right));
}

const escape = 0x1b;
/** Characters after which the first character set holds again (PS3.5 section 6.1.2.5.3). */
const resets = new Set([0x0a, 0x0c, 0x0d, 0x5c, 0x5e, 0x3d]);

function decodeExtended(bytes: Buffer, initialRight: string): string {
  let text = '';
  let [left, right] = ['ascii', initialRight];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === escape) {
      const found = [2, 3]
        .map((length) => bytes.toString('latin1', at + 1, at + 1 + length))
        .find((code) => code in escapes);
      const { half, set } = escapes[found ?? ''] ?? { half: 'left', set: 'ascii' };
      if (half === 'left') left = set;
      else right = set;
      at += 1 + (found?.length ?? 0);
      continue;
    }
    const end = endOfRun(bytes, at, left);
    text +=
      left.startsWith('jis') && bytes[at]! < 0x80
        ? decodeJis(bytes.subarray(at, end), left)
        : decodeRun(bytes.subarray(at, end), right);
    if (left === 'ascii' && resets.has(bytes[end - 1]!)) right = initialRight;
    at = end;
  }
  return text;
}

function endOfRun(bytes: Buffer, start: number, left: string): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== escape) {
    const byte = bytes[end++]!;
    if (left === 'ascii' && resets.has(byte)) return end;
  }
  return end;
}

/** Two-byte Japanese sets in the left half are their EUC-JP form without the high bits. */
function decodeJis(bytes: Buffer, set: string): string {
  const euc: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    if (set === 'jis-x-0212') euc.push(0x8f);
    euc.push(bytes[at]! | 0x80, bytes[at + 1]! | 0x80);
  }
  return new TextDecoder('euc-jp').decode(Uint8Array.from(euc));
}

function decodeRun(bytes: Buffer, right: string): string {
  return right === 'latin1' ? bytes.toString('latin1') : new TextDecoder(right).decode(bytes);
}
