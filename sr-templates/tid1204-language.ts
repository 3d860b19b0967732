import { names, values } from './codes.ts';
import { code, hasConceptMod, type ConceptModifier } from './content-item.ts';

/** TID 1204 Language of Content Item and Descendants: our reports are in English. */
export function language(): ConceptModifier {
  return hasConceptMod(code(names.language, values.english));
}
