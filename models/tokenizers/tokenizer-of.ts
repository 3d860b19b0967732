import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelManifest } from '#models/import/manifest';
import { createClipTokenizer, type Tokenizer } from './clip-bpe.ts';
import { createEchoClipRTokenizer, phrasesFile } from './echoclip-r.ts';

/** The tokenizer that a model's text encoder was trained with: EchoCLIP-R's where its vocabulary lies beside the graphs, else CLIP's. */
export function tokenizerOf(folder: string, { vocabularySize = 0 }: Pick<ModelManifest, 'vocabularySize'>): Tokenizer {
  return existsSync(join(folder, phrasesFile))
    ? createEchoClipRTokenizer(folder, vocabularySize)
    : createClipTokenizer();
}
