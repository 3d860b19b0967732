import { groupNames, values } from './codes.ts';
import { code, hasConceptMod, text, type ConceptModifier } from './content-item.ts';

export interface Algorithm {
  readonly name: string;
  readonly version: string;
  /** What one needs to make the result again, such as the digest of the weights. */
  readonly parameters: readonly string[];
}

/** TID 4019 Algorithm Identification. */
export function algorithmIdentification({ name, version, parameters }: Algorithm): readonly ConceptModifier[] {
  return [
    hasConceptMod(text(groupNames.algorithmName, name)),
    hasConceptMod(text(groupNames.algorithmVersion, version)),
    ...parameters.map((parameter) => hasConceptMod(text(groupNames.algorithmParameters, parameter))),
    hasConceptMod(code(groupNames.algorithmFamily, values.artificialIntelligence)),
  ];
}
