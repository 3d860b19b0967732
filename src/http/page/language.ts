import { createContext, useContext } from 'htm/preact/standalone';
import { de } from './languages/de.ts';
import { en, type Texts } from './languages/en.ts';
import { es } from './languages/es.ts';
import { fr } from './languages/fr.ts';
import { ja } from './languages/ja.ts';
import type { Words } from './words.ts';
import { wordsIn } from './words.ts';

/** The languages of the page, the one that everybody gets who asks for none of them first. */
export const languages: readonly Texts[] = [en, de, fr, es, ja];

/** The language that a person chose here, else the first of the browser's that we know. */
export function chooseLanguage(chosen: string | null, wanted: readonly string[]): Texts {
  const codes = [...(chosen === null ? [] : [chosen]), ...wanted.map((tag) => tag.slice(0, 2).toLowerCase())];
  return codes.map((code) => languages.find((one) => one.code === code)).find((one) => one !== undefined) ?? en;
}

export const Language = createContext<Words>(wordsIn(en));

/** The texts of the chosen language, and how it writes numbers and dates. */
export const useWords = (): Words => useContext(Language);
