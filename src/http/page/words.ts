import type { FindingShown, StudyListed } from '#http/api/study';
import type { Texts } from './languages/en.ts';

/** A language at work: its texts, and the values of the field as it writes them. */
export interface Words {
  readonly t: Texts;
  number(value: number, digits?: number): string;
  /** A value with its unit: `34 %`. */
  quantity(value: number | string, unit: string): string;
  interval(interval: { lower: number; upper: number; level: number }, unit: string): string;
  /** A cosine, three decimals; it is never called more than it is. */
  similarity(finding: Exclude<FindingShown, { kind: 'not-assessed' }>): string;
  /** Date and time of this computer's place. */
  moment(iso: string): string;
  clock(iso: string): string;
  /** A DICOM date (PS3.5 table 6.2-1, DA); anything else as it is. */
  date(date: string): string;
  bytes(count: number): string;
  finding(finding: { readonly id: string; readonly title: string }): string;
  /** As short as cardiologists write it, for a line of the list. */
  short(finding: { readonly id: string; readonly title: string }): string;
  answer(meaning: string): string;
  fault(code: string): string;
  state(study: Pick<StudyListed, 'state' | 'summary'>): string;
}

const narrowSpace = '\u202f';
const noMinusZero = { signDisplay: 'negative' } as const;
/** A minus, where Intl writes a hyphen. */
const signed = (figure: string) => figure.replace(/^-/, '\u2212');
/** Units as one reads them; UCUM is for machines. */
const unitWords: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', '1': '', '{ratio}': '', Cel: '°C' };

/** Brings a table of texts to work; of a language's places the browser's own says how dates are written. */
export function wordsIn(t: Texts, places: readonly string[] = []): Words {
  const { field } = t;
  const code = places.find((place) => place.toLowerCase().startsWith(`${t.code}-`)) ?? t.code;
  const moments = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeStyle: 'short' });
  const clocks = new Intl.DateTimeFormat(code, { hour: '2-digit', minute: '2-digit' });
  const dates = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeZone: 'UTC' });
  const gigabytes = new Intl.NumberFormat(code, { style: 'unit', unit: 'gigabyte', maximumFractionDigits: 1 });
  const number = (value: number, digits = 1) =>
    signed(new Intl.NumberFormat(code, { maximumFractionDigits: digits, ...noMinusZero }).format(value));
  const cosine = (value: number) =>
    signed(
      new Intl.NumberFormat(code, { minimumFractionDigits: 3, maximumFractionDigits: 3, ...noMinusZero }).format(value),
    );
  const quantity = (value: number | string, unit: string) => {
    const words = unitWords[unit] ?? unit;
    const figure = typeof value === 'number' ? number(value) : value;
    return words === '' ? figure : `${figure}${narrowSpace}${words}`;
  };
  const own = (table: object, key: string): string | undefined =>
    Object.hasOwn(table, key) ? (table as Record<string, string>)[key] : undefined;
  return {
    t,
    number,
    quantity,
    interval: ({ lower, upper, level }, unit) =>
      t.findings.interval(quantity(`${number(lower)}–${number(upper)}`, unit), quantity(Math.round(level * 100), '%')),
    similarity(finding) {
      const { percentile } = finding.kind === 'measured' ? {} : finding;
      return [
        `${t.findings.similarity} ${cosine(finding.similarity)}`,
        ...(percentile === undefined ? [] : [`${t.findings.percentile} ${number(percentile, 0)}`]),
        ...(finding.kind === 'answered' ? [`${t.findings.threshold} ${cosine(finding.threshold)}`] : []),
      ].join(' · ');
    },
    moment: (iso) => moments.format(new Date(iso)),
    clock: (iso) => clocks.format(new Date(iso)),
    date(date) {
      const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
      return day === undefined ? date : dates.format(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    },
    bytes: (count) => gigabytes.format(count / 1e9),
    finding: ({ id, title }) => own(field.findings, id) ?? title,
    short: ({ id, title }) => own(field.short, id) ?? own(field.findings, id) ?? title,
    answer: (meaning) => own(field.answers, meaning) ?? meaning,
    fault: (fault) => own(field.faults, fault) ?? fault,
    state({ state, summary }) {
      const isEmpty = state === 'assessed' && summary?.assessed === 0;
      return t.state[isEmpty ? 'not-analysable' : state];
    },
  };
}

/** A person name (PS3.5 section 6.2.1): `Family^Given^Middle^Prefix^Suffix` as `Family, Given Middle`. */
export function nameWords(name: string): string {
  const [family = '', given = '', middle = ''] = name.split('^').map((part) => part.trim());
  const others = [given, middle].filter((part) => part !== '').join(' ');
  return [family, others].filter((part) => part !== '').join(', ');
}
