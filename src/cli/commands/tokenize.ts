import { AgentError } from '#domain/errors';
import { defineCommand } from '#cli/command';
import { writeArray } from '#cli/arrays';
import { clipModelOf, modelOptions, textSideOf } from '#cli/clip-model';
import { linesOf, requireVocabulary } from '#cli/texts';

/** Says how a model's text encoder reads texts. */
export default defineCommand({
  usage: 'tokenize [text...]',
  summary: 'the ids that a model reads texts as',
  options: [
    ...modelOptions,
    ['--texts <file>', 'a text file, one text a line'],
    ['--out <file>', 'write them as an .npy file too: int64, one row a text'],
  ],
  async run({ args: [given], options }, terminal) {
    const { folder, manifest } = await clipModelOf(options);
    const { tokenizer, contextLength } = textSideOf(folder, manifest);
    requireVocabulary(tokenizer, manifest.vocabularySize ?? 0);
    const { texts: file, out } = options as { texts?: string; out?: string };
    const texts = [
      ...((given as readonly string[] | undefined) ?? []),
      ...(file === undefined ? [] : await linesOf(file)),
    ];
    if (texts.length === 0)
      throw new AgentError('REQUEST_INVALID', 'Give texts, or a file of them as --texts FILE.txt.');
    const ids = tokenizer.encodeBatch(texts, contextLength);
    if (out !== undefined) await writeArray(out, { shape: [texts.length, contextLength], values: ids });
    const rows = texts.map((text, row) => ({
      text,
      ids: Array.from(ids.subarray(row * contextLength, (row + 1) * contextLength), Number),
    }));
    for (const { ids } of rows) terminal.say(ids.join(' '));
    return { document: { model: manifest.id, contextLength, texts: rows, ...(out !== undefined && { out }) } };
  },
});
