import type { Font } from '#compose/overlay/true-type';

type Repertoire = Pick<Font, 'has'>;

/** A text with every character that the font lacks named by its number: an empty box would say nothing. */
export function printable(text: string, font: Repertoire): string {
  const parts = Array.from(text, (character) => {
    if (/\s/.test(character) || font.has(character)) return character;
    return `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  return parts.join('');
}

/**
 * A patient's name: the first group of it that the font has whole (PS3.5 section 6.2.1.1), which for names in Chinese,
 * Japanese and Korean is the alphabetic one; what else is written of it is said to be left out.
 */
export function printableName(groups: readonly (readonly string[])[], font: Repertoire): string {
  const whole = groups.find((components) => components.every((component) => font.has(component)));
  const chosen = whole ?? groups[0];
  if (!chosen) return '(no name)';
  const left = groups.some((components) => !components.every((component) => font.has(component)));
  const note = left ? ' (its other characters are not in the font of this document)' : '';
  return `${inOrder(chosen.map((component) => printable(component, font)))}${note}`;
}

/** Hebrew, Arabic and its kin, their presentation forms, and the blanks between. */
const rightToLeft = /^[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\s]+$/;

/** A script that runs from right to left is set as one run, family name first: blanks that do not break hold it together. */
function inOrder(components: readonly string[]): string {
  if (components.every((component) => rightToLeft.test(component)))
    return components.join(' ').replaceAll(/\s+/g, '\u00a0');
  const [family = '', ...others] = components;
  return others.length > 0 ? `${family}, ${others.join(' ')}` : family;
}
