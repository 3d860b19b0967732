// What EchoCLIP-R does to a report before it looks for phrases in it. White space and digits are Unicode's, as in the
// authors' language.

const blank = String.raw`[\s\x1c-\x1f\x85]`;
const wholeWord = (word: string): RegExp => new RegExp(String.raw`(?<![\p{L}\p{N}_])${word}(?![\p{L}\p{N}_])`, 'gu');

const steps: readonly (readonly [found: RegExp, put: string])[] = [
  [/`/g, "'"],
  [/\^|CRLF|‡/gu, ''],
  // A full stop ends a sentence unless digits stand on both sides of it.
  [/(?<=\P{Nd})\.|\.(?=\P{Nd})/gu, '. '],
  [/[[\]]/g, ''],
  [wholeWord('WAS'), 'IS'],
  [wholeWord('WERE'), 'ARE'],
  [wholeWord('AND/OR'), 'AND'],
  [/(NORMAL|MILD|MODERATE|SEVERE)LY/g, '$1'],
  [/PULMONARY ARTERY/g, 'PA'],
  [/\p{Nd}{2}\/\p{Nd}{2}\/\p{Nd}{4}/gu, ''], // dates
  [/\p{Nd}{2}\.\p{Nd}{2}\.\p{Nd}{4}/gu, ''],
  [/[A-Z]\p{Nd}+\.(?:\p{Nd}+(?![\p{L}\p{N}_])|(?=[\p{L}\p{N}_]))/gu, ''], // codes of diagnoses
  [new RegExp(`${blank}+(MMHG|MM|CM|%)`, 'gu'), '$1'],
  [new RegExp(String.raw`${blank}\.`, 'gu'), '.'],
  [new RegExp(`${blank}+`, 'gu'), ' '],
  [new RegExp(String.raw`${blank}\+${blank}`, 'gu'), '+'],
  [/\+CVPMMHG/g, 'MMHG'],
];
const ends = new RegExp(`^${blank}+|${blank}+$`, 'gu');

/** A report in the spelling of the phrases: upper case, present tense, units at their numbers, one blank at the end. */
export function cleanReport(text: string): string {
  if (Array.from(text).length <= 1) return text;
  const spelled = steps.reduce(
    (spelled, [found, put]) => spelled.replace(found, put),
    text.toUpperCase().replace(ends, ''),
  );
  return `${spelled.replace(ends, '')} `.replace(/\.+/g, '.');
}

const variable =
  /\p{Nd}+\.?\p{Nd}*|(?<![A-Za-z])(?:MODERATE\/SEVERE|MILD\/MODERATE|MILD|MODERATE|SEVERE|VERY SEVERE)/gu;

/** Takes numbers and grades out of a report; each leaves `<#>` behind. */
export function takeVariables(report: string): { readonly variables: readonly string[]; readonly template: string } {
  return { variables: report.match(variable) ?? [], template: report.replace(variable, '<#>') };
}
