import { createClipTokenizer, type Tokenizer } from './clip-bpe.ts';

/** The tokenizer that the text encoder of an imported model was trained with. */
export function tokenizerOf(_folder: string): Tokenizer {
  return createClipTokenizer();
}
