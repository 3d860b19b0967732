/** Character sets that a phantom's header can be written in (PS3.3 section C.12.1.1.2), and a name that needs each. */
export const characterSets = {
  'ISO_IR 6': { values: [], label: 'us-ascii', patientName: 'PHANTOM^DEMO' },
  'ISO_IR 100': { values: ['ISO_IR 100'], label: 'iso-8859-1', patientName: 'Phantöm^Jürgen' },
  'ISO_IR 126': { values: ['ISO_IR 126'], label: 'iso-8859-7', patientName: 'Φάντασμα^Ελένη' },
  'ISO_IR 144': { values: ['ISO_IR 144'], label: 'iso-8859-5', patientName: 'Фантом^Иван' },
  'ISO_IR 192': { values: ['ISO_IR 192'], label: 'utf-8', patientName: 'Phantom^Łucja=幻影^太郎' },
  'ISO 2022 IR 87': { values: ['', 'ISO 2022 IR 87'], label: 'euc-jp', patientName: 'Phantom^Taro=幻影^太郎' },
  'ISO 2022 IR 149': { values: ['', 'ISO 2022 IR 149'], label: 'euc-kr', patientName: 'Phantom^Gildong=팬텀^길동' },
  GB18030: { values: ['GB18030'], label: 'gb18030', patientName: 'Phantom^Xiaodong=幻影^小东' },
} as const satisfies Record<
  string,
  { readonly values: readonly string[]; readonly label: string; readonly patientName: string }
>;
export type PhantomCharacterSet = keyof typeof characterSets;

const escape = 0x1b;

/** What turns text into the bytes of a character set. A character that the set lacks becomes a question mark. */
export function textEncoder(characterSet: PhantomCharacterSet): (text: string) => Buffer {
  const { label } = characterSets[characterSet];
  if (label === 'utf-8') return (text) => Buffer.from(text, 'utf8');
  if (label === 'us-ascii') return (text) => Buffer.from(text.replaceAll(/[^\0-\x7f]/g, '?'), 'latin1');
  const codes = codesOf(label);
  const plain = (text: string): Buffer => Buffer.from(Array.from(text).flatMap((one) => codes.get(one) ?? [0x3f]));
  if (characterSet === 'ISO 2022 IR 87')
    return (text) =>
      byRuns(text, (run) => [escape, 0x24, 0x42, ...plain(run).map((byte) => byte & 0x7f), escape, 0x28, 0x42]);
  if (characterSet === 'ISO 2022 IR 149')
    return (text) => byRuns(text, (run) => [escape, 0x24, 0x29, 0x43, ...plain(run)]);
  return plain;
}

/** ASCII stays as it is; the rest goes between its escape sequences, anew in each component (PS3.5 section 6.1.2.5.3). */
function byRuns(text: string, escaped: (run: string) => readonly number[]): Buffer {
  const runs = text.match(/[\0-\x7f]+|[^\0-\x7f]+/g) ?? [];
  return Buffer.concat(runs.map((run) => Buffer.from(run <= '\x7f' ? Buffer.from(run, 'latin1') : escaped(run))));
}

/** The decoder's table, turned around: single bytes, and the pairs of the sets that have them. */
function codesOf(label: string): ReadonlyMap<string, readonly number[]> {
  const decoder = new TextDecoder(label);
  const codes = new Map<string, readonly number[]>();
  const learn = (bytes: readonly number[]): void => {
    const text = decoder.decode(Uint8Array.from(bytes));
    if (Array.from(text).length === 1 && text !== '\ufffd' && !codes.has(text)) codes.set(text, bytes);
  };
  for (let byte = 0; byte < 256; byte++) learn([byte]);
  if (label.startsWith('iso-8859')) return codes;
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) learn([first, second]);
  return codes;
}
