import type { FindingShown, StudyListed } from '#http/api/study';

const narrowSpace = '\u202f';

/** Units as one reads them; UCUM is for machines. */
const unitWords: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', '1': '', '{ratio}': '', Cel: '°C' };

/** A value with its unit: `34 %`. */
export function quantity(value: number | string, unit: string): string {
  const words = unitWords[unit] ?? unit;
  return words === '' ? String(value) : `${value}${narrowSpace}${words}`;
}

/** `27–41 % (90 % interval)`. */
export function intervalWords(interval: { lower: number; upper: number; level: number }, unit: string): string {
  const level = quantity(Math.round(interval.level * 100), '%');
  return `${quantity(`${interval.lower}–${interval.upper}`, unit)} (${level} interval)`;
}

/** A cosine, three decimals; it is never called more than it is. */
export function similarityWords(finding: Exclude<FindingShown, { kind: 'not-assessed' }>): string {
  const { percentile } = finding.kind === 'measured' ? {} : finding;
  const words = [
    `similarity ${finding.similarity.toFixed(3)}${percentile === undefined ? '' : ` (percentile ${percentile})`}`,
    ...(finding.kind === 'answered' ? [`threshold ${finding.threshold.toFixed(3)}`] : []),
  ];
  return words.join(', ');
}

/** A state as a person would say it. */
export function stateWords({ state, summary }: StudyListed): string {
  switch (state) {
    case 'receiving':
      return 'Receiving';
    case 'assessing':
      return 'Assessing';
    case 'assessed':
      return summary && summary.assessed === 0 ? 'Not analysable' : 'Assessed';
    case 'set-aside':
      return 'Needs attention';
  }
}

export function plural(count: number, noun: string): string {
  return `${count}${narrowSpace}${noun}${count === 1 ? '' : 's'}`;
}

/** Date and time of this computer's place and custom. */
export function momentWords(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** A DICOM date (PS3.5 table 6.2-1, DA) as ISO 8601; anything else as it is. */
export function dateWords(date: string): string {
  return date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
}

/** A person name (PS3.5 section 6.2.1): `Family^Given^Middle^Prefix^Suffix` as `Family, Given Middle`. */
export function nameWords(name: string): string {
  const [family = '', given = '', middle = ''] = name.split('^').map((part) => part.trim());
  const others = [given, middle].filter((part) => part !== '').join(' ');
  return [family, others].filter((part) => part !== '').join(', ');
}
