import { AgentError } from '#domain/errors';
import { embedIds, embedPictures } from '#models/echoclip/embed';
import { croppings, picturesOf, type Cropping } from '#models/echoclip/pictures';
import { normalise } from '#models/normalise';
import type { NpyArray } from '#models/npy';
import { unitRows } from '#models/zero-shot/similarities';
import { defineCommand, type Terminal } from '#cli/command';
import { outFile, readArray, writeArray } from '#cli/arrays';
import { batch, clipModelOf, modelOptions, runModel, textSideOf, type RunningModel } from '#cli/clip-model';
import { withClip } from '#cli/dicom-clip';
import { choice } from '#cli/options';
import { idsOf } from '#cli/texts';

type Located = Awaited<ReturnType<typeof clipModelOf>>;

/** Turns pictures, sentences or a DICOM clip into a model's embeddings. */
export default defineCommand({
  usage: 'embed',
  summary: 'the embeddings of pictures, sentences or a DICOM clip, as an .npy file',
  options: [
    ...modelOptions,
    [
      '--images <file>',
      '.npy: uint8 [pictures, height, width, 3], or float32 [pictures, 3, size, size] taken as it is',
    ],
    ['--texts <file>', 'a text file, one text a line; or .npy: int64 [texts, ids]'],
    ['--dicom <file>', 'a DICOM clip: one row for every second of its first 40 frames'],
    ['--crop <when>', 'crop and scale uint8 pictures: always, never, or where they do not have the size', 'auto'],
    ['--unit', 'scale each embedding to length one'],
    ['--out <file>', 'the .npy file to write (required): float32, one row each'],
  ],
  async run({ options }, terminal) {
    const out = outFile(options);
    const { images, texts, dicom } = options as { images?: string; texts?: string; dicom?: string };
    if ([images, texts, dicom].filter((given) => given !== undefined).length !== 1)
      throw new AgentError('REQUEST_INVALID', 'Give one of --images FILE.npy, --texts FILE.txt and --dicom FILE.');
    const located = await clipModelOf(options);
    const running = await runModel(located.folder, located.configuration);
    try {
      const { rows, ...told } = await embedAny({ images, texts, dicom, options }, { located, running, terminal });
      const [, width = 1] = rows.shape;
      const values = options['unit'] === true ? unitRows(rows.values as Float32Array, width) : rows.values;
      await writeArray(out, { shape: rows.shape, values });
      terminal.say(`${out}: ${rows.shape.join(' x ')}, by ${located.manifest.id} on ${running.runtime.provider}`);
      const { id: model, digest } = located.manifest;
      return { document: { model, digest, provider: running.runtime.provider, shape: rows.shape, out, ...told } };
    } finally {
      await running.close();
    }
  },
});

interface Wanted {
  readonly images: string | undefined;
  readonly texts: string | undefined;
  readonly dicom: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

interface At {
  readonly located: Located;
  readonly running: RunningModel;
  readonly terminal: Terminal;
}

async function embedAny({ images, texts, dicom, options }: Wanted, at: At) {
  if (images !== undefined) return { rows: await embedImages(images, choice(options, 'crop', croppings), at) };
  if (texts !== undefined) return { rows: await embedTexts(texts, at) };
  return embedDicom(String(dicom), at);
}

async function embedImages(path: string, cropping: Cropping, { located, running, terminal }: At): Promise<NpyArray> {
  const { imageSize: size, mean, std } = located.manifest;
  const pixels = picturesOf(await readArray(path), { size, mean, std }, cropping);
  return embedPixels(pixels, { located, running, terminal });
}

async function embedPixels(pixels: Float32Array, { located, running, terminal }: At): Promise<NpyArray> {
  const { imageSize: size, embedWidth: width = 0 } = located.manifest;
  const bar = terminal.progress('embedding', pixels.length / (3 * size * size));
  const session = await running.model.open('image');
  const { embeddings } = await embedPictures(session, pixels, { size, width, batch }, (done) => bar.update(done));
  bar.end();
  return { shape: embeddings.dims, values: embeddings.data as Float32Array };
}

async function embedTexts(path: string, { located, running, terminal }: At): Promise<NpyArray> {
  const { folder, manifest } = located;
  const side = textSideOf(folder, manifest);
  const ids = await idsOf(path, { ...side, vocabularySize: manifest.vocabularySize ?? 0 });
  const texts = ids.length / side.contextLength;
  const bar = terminal.progress('embedding', texts);
  const values = await embedIds(await running.model.open('text'), ids, side, (done) => bar.update(done));
  bar.end();
  return { shape: [texts, side.width], values };
}

function embedDicom(path: string, at: At) {
  const { configuration, manifest } = at.located;
  const { imageSize: size, mean, std } = manifest;
  return withClip(path, { size, configuration }, async ({ clip, ineligible }) => {
    if (ineligible !== undefined) at.terminal.say(`The agent would not look at this clip: ${ineligible}.`);
    const { channelOrder: order } = configuration.models;
    const rows = await embedPixels(normalise(clip.pixels, { size, mean, std, order }), at);
    return { rows, frames: clip.frameIndices, ...(ineligible !== undefined && { ineligible }) };
  });
}
