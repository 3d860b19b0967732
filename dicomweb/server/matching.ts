import { AgentError } from '#domain/errors';
import type { DicomJson, DicomJsonElement } from '#domain/instance';

/** One matching key of a search: an attribute, or one within a sequence, and the value looked for. */
export interface MatchingKey {
  readonly path: readonly string[];
  readonly vr: string;
  readonly value: string;
}

/** Whether a data set matches a key (PS3.4 section C.2.2.2, PS3.18 section 8.3.4.1). */
export function isMatch(dataset: DicomJson, { path, vr, value }: MatchingKey): boolean {
  if (value === '' || value === '*') return true; // universal matching
  const [tag, ...inner] = path;
  const element = dataset[tag ?? ''];
  if (!element?.Value) return false;
  if (inner.length > 0) return element.Value.some((item) => isMatch(item as DicomJson, { path: inner, vr, value }));
  return matcherOf(vr, value)(element);
}

type Matcher = (element: DicomJsonElement) => boolean;

/** The way in which a value representation is matched. Throws REQUEST_INVALID for a range that is none. */
export function matcherOf(vr: string, value: string): Matcher {
  switch (vr) {
    case 'UI':
      return anyOf(value.split(/[\\,]/), (wanted) => (found) => wanted === found);
    case 'DA':
    case 'TM':
    case 'DT':
      return range(value);
    case 'PN':
      return (element) => (element.Value ?? []).some((name) => isNameMatch(name, value));
    case 'IS':
    case 'DS':
    case 'US':
    case 'UL':
    case 'SS':
    case 'SL':
    case 'FL':
    case 'FD':
      return anyOf([value], (wanted) => (found) => found !== '' && Number(wanted) === Number(found));
    case 'CS':
      return anyOf(value.split('\\'), (pattern) => (found) => isGlobMatch(pattern, found));
    default:
      return anyOf([value], (pattern) => (found) => isGlobMatch(pattern, found));
  }
}

function anyOf(wanted: readonly string[], matches: (wanted: string) => (found: string) => boolean): Matcher {
  const tests = wanted.map((one) => matches(one.trim()));
  return (element) => (element.Value ?? []).some((found) => tests.some((test) => test(String(found).trim())));
}

/** Dates and times compare as text once they are equally long: a value or an end of a range stands for all that begin with it. */
function range(value: string): Matcher {
  const parts = /^([\d:.]*)(-?)([\d:.]*)$/.exec(value);
  if (!parts || value === '-')
    throw new AgentError('REQUEST_INVALID', 'A date or time to match is neither a value nor a range.');
  const [, first = '', dash, last = ''] = parts;
  const from = digits(first).padEnd(20, '0');
  const to = (dash ? digits(last) : digits(first)).padEnd(20, '9');
  return (element) =>
    (element.Value ?? []).some((found) => {
      const moment = digits(String(found));
      return moment !== '' && moment.padEnd(20, '0') >= from && moment.padEnd(20, '0') <= to;
    });
}

function digits(text: string): string {
  return text.replace(/\D/g, '').slice(0, 20);
}

/** Names match without regard to case, in any of their component groups; trailing delimiters mean nothing. */
function isNameMatch(name: unknown, pattern: string): boolean {
  const groups = typeof name === 'object' && name !== null ? Object.values(name) : [name];
  const wanted = plain(pattern);
  return groups.some((group) => typeof group === 'string' && isGlobMatch(wanted, plain(group)));
}

function plain(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\^ ]+$/, '');
}

/** `*` stands for any characters, `?` for one. It goes back to the last star only, so that no pattern takes exponential time. */
function isGlobMatch(pattern: string, text: string): boolean {
  let [at, cursor, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[cursor] === '*') {
      [star, resume] = [cursor, at];
      cursor += 1;
    } else if (pattern[cursor] === '?' || pattern[cursor] === text[at]) {
      at += 1;
      cursor += 1;
    } else if (star >= 0) {
      resume += 1;
      [at, cursor] = [resume, star + 1];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(cursor));
}
