import { AgentError } from '#domain/errors';

/** Longest value in characters (PS3.5 table 6.2-1); `SH`, `LO`, `PN` and text count characters, the others bytes of ASCII. */
const charactersMax: Readonly<Record<string, number>> = {
  AE: 16, AS: 4, CS: 16, DA: 8, DS: 16, DT: 26, IS: 12, LO: 64, LT: 10240, PN: 64, SH: 16, ST: 1024, TM: 14, UI: 64,
}; // prettier-ignore

/** What a value looks like, for VRs with a repertoire of their own. */
const shapes: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9 _]*$/,
  DA: /^\d{8}$/,
  DS: /^[+-]?(\d+\.?\d*|\.\d+)([Ee][+-]?\d+)?$/,
  DT: /^\d{4,14}(\.\d{1,6})?([+-]\d{4})?$/,
  IS: /^[+-]?\d+$/,
  TM: /^\d{2,6}(\.\d{1,6})?$/,
  UI: /^\d+(\.\d+)+$/,
};

/** Text that may hold line breaks, and a backslash that separates nothing. */
const freeText = new Set(['LT', 'ST', 'UT']);

/** Throws REPORT_INVALID where a value of our own making breaks its VR. The detail names the attribute, never the value. */
export function requireValidString(vr: string, value: string, keyword: string): void {
  const longest = charactersMax[vr];
  if (longest !== undefined && Array.from(value).length > longest)
    throw invalid(keyword, `is longer than the ${longest} characters of ${vr}`);
  const shape = shapes[vr];
  if (shape && value !== '' && !shape.test(value)) throw invalid(keyword, `is no ${vr}`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (!freeText.has(vr) && /[\\\u0000-\u001f]/.test(value))
    throw invalid(keyword, `holds a backslash or control character, which ${vr} may not`);
}

/** A text of any length and make as LO: one line of at most 64 characters. */
export function longString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = Array.from(text.replaceAll(/[\\\u0000-\u001f]+/g, ' ').trim());
  return line.length <= 64 ? line.join('') : `${line.slice(0, 63).join('')}…`;
}

/** A number as DS, in at most 16 characters (PS3.5 table 6.2-1). */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new AgentError('REPORT_INVALID', 'A number that is none cannot be written.');
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 15; digits > 0; digits--) {
    const shorter = String(Number(value.toPrecision(digits)));
    if (shorter.length <= 16) return shorter;
  }
  throw new AgentError('REPORT_INVALID', 'A number cannot be written in 16 characters.');
}

function invalid(keyword: string, what: string): AgentError {
  return new AgentError('REPORT_INVALID', `${keyword} ${what}.`);
}
