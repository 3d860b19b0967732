import { AgentError } from '#domain/errors';
import { embedIds } from '#models/echoclip/embed';
import { croppings, picturesOf } from '#models/echoclip/pictures';
import { explainPicture, saliencyMethods, type PictureSaliency } from '#models/echoclip/saliency';
import { baselines, beginningOf } from '#models/prompt-cam/integrated-gradients';
import { unitRows } from '#models/zero-shot/similarities';
import { defineCommand } from '#cli/command';
import { outFile, readArray, writeArray } from '#cli/arrays';
import { batch, clipModelOf, modelOptions, runModel, textSideOf, type RunningModel } from '#cli/clip-model';
import { choice, wholeNumber } from '#cli/options';
import { idsOf } from '#cli/texts';

type Located = Awaited<ReturnType<typeof clipModelOf>>;

/** Says which pixels of pictures speak for sentences. */
export default defineCommand({
  usage: 'saliency',
  summary: 'which pixels of pictures speak for sentences, as an .npy file',
  options: [
    ...modelOptions,
    [
      '--images <file>',
      '.npy: uint8 [pictures, height, width, 3], or float32 [pictures, 3, size, size] taken as it is',
    ],
    [
      '--texts <file>',
      'a text file, one text a line, or .npy: int64 [texts, ids]; one for each picture, or one for all',
    ],
    ['--method <name>', saliencyMethods.join(', '), 'grad-cam'],
    ['--steps <number>', 'points of the path of integrated gradients', '16'],
    ['--baseline <name>', `where that path begins: ${baselines.join(', ')}`, 'grey'],
    ['--crop <when>', 'crop and scale uint8 pictures: always, never, or where they do not have the size', 'auto'],
    ['--map', 'write maps as overlays show them: one a picture, of its size, smooth, 0 to 1'],
    ['--out <file>', 'the .npy file to write (required): float32'],
  ],
  async run({ options }, terminal) {
    const out = outFile(options);
    const method = choice(options, 'method', saliencyMethods);
    const located = await clipModelOf(options);
    const { imageSize: size, mean, std } = located.manifest;
    const { images, texts } = options as { images?: string; texts?: string };
    if (images === undefined || texts === undefined)
      throw new AgentError('REQUEST_INVALID', 'Give pictures and texts, as --images FILE.npy --texts FILE.txt.');
    const beginning = beginningOf(choice(options, 'baseline', baselines), { mean, std });
    const cropping = choice(options, 'crop', croppings);
    const pixels = picturesOf(await readArray(images), { size, mean, std }, cropping);
    const running = await runModel(located.folder, located.configuration);
    try {
      const length = 3 * size * size;
      const targets = paired(await targetsOf(texts, located, running), pixels.length / length);
      const bar = terminal.progress(method, targets.length);
      const session = {
        image: await running.model.open('image'),
        saliency: await running.model.open(method === 'grad-cam' ? 'grad-cam' : 'saliency'),
      };
      const [steps, asMap] = [wholeNumber(options, 'steps'), options['map'] === true];
      const question = { size, method, steps, beginning, batch, asMap };
      const explained: PictureSaliency[] = [];
      for (const [picture, target] of targets.entries()) {
        const one = pixels.slice(picture * length, (picture + 1) * length);
        explained.push(await explainPicture(session, { ...question, pixels: one, target }));
        bar.update(explained.length);
      }
      bar.end();
      const shape = [explained.length, ...(explained[0]?.shape ?? [])];
      await writeArray(out, { shape, values: joined(explained.map(({ values }) => values)) });
      terminal.say(`${out}: ${shape.join(' x ')}, ${method} by ${located.manifest.id} on ${running.runtime.provider}`);
      const { id: model, digest } = located.manifest;
      const pictures = explained.map(({ similarity, parameters }) => ({ similarity, ...parameters }));
      return { document: { model, digest, provider: running.runtime.provider, method, shape, out, pictures } };
    } finally {
      await running.close();
    }
  },
});

async function targetsOf(
  path: string,
  { folder, manifest }: Located,
  { model }: RunningModel,
): Promise<readonly Float32Array[]> {
  const side = textSideOf(folder, manifest);
  const ids = await idsOf(path, { ...side, vocabularySize: manifest.vocabularySize ?? 0 });
  const session = await model.open('text');
  const rows = unitRows(await embedIds(session, ids, side), side.width);
  await session.close();
  return Array.from({ length: rows.length / side.width }, (_, row) =>
    rows.slice(row * side.width, (row + 1) * side.width),
  );
}

function paired(targets: readonly Float32Array[], pictures: number): readonly Float32Array[] {
  const [only] = targets;
  if (targets.length === 1 && only) return Array.from({ length: pictures }, () => only);
  if (targets.length === pictures) return targets;
  throw new AgentError(
    'REQUEST_INVALID',
    `There are ${pictures} pictures and ${targets.length} texts: give one text for each picture, or one for all.`,
  );
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
