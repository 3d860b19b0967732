import { createHash } from 'node:crypto';
import type { FindingDefinition } from '#domain/finding';

/** A sentence as the text encoder reads it, and what it states. */
export interface Prompt {
  readonly sentence: string;
  /** The number it states, where the finding is measured; else the place of its grade, 0 for presence. */
  readonly states: number;
}

/** The sentences of a finding: numbers filled in sentence by sentence (template-major), grades mildest first. */
export function promptsOf(definition: FindingDefinition): readonly Prompt[] {
  switch (definition.kind) {
    case 'measurement':
      return definition.sentences.flatMap((sentence) =>
        numbersOf(definition.range).map((states) => ({ sentence: sentence.replaceAll('<#>', `${states}`), states })),
      );
    case 'presence':
      return definition.sentences.map((sentence) => ({ sentence, states: 0 }));
    case 'grade':
      return definition.grades.flatMap(({ sentences }, states) => sentences.map((sentence) => ({ sentence, states })));
  }
}

/** SHA-256 over the sentences of a finding: what was learnt with them says nothing of others. */
export function promptsDigest(definition: FindingDefinition): string {
  return createHash('sha256')
    .update(JSON.stringify(promptsOf(definition)))
    .digest('hex');
}

function numbersOf([first, last]: readonly [number, number]): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, step) => first + step);
}
