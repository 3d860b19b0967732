import { groupNames, values } from './codes.ts';
import { code, text, type CodeItem, type TextItem } from './content-item.ts';

export interface Algorithm {
  readonly name: string;
  readonly version: string;
  /** What one needs to make the result again, such as the digest of the weights. */
  readonly parameters: readonly string[];
}

/** TID 4019 Algorithm Identification; who includes it says by which relationship. */
export function algorithmIdentification({ name, version, parameters }: Algorithm): readonly (CodeItem | TextItem)[] {
  return [
    text(groupNames.algorithmName, name),
    text(groupNames.algorithmVersion, version),
    ...parameters.map((parameter) => text(groupNames.algorithmParameters, parameter)),
    code(groupNames.algorithmFamily, values.artificialIntelligence),
  ];
}
