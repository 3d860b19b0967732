import sharp from 'sharp';
import { blendMap, type Picture } from '#compose/overlay/blend';
import { colourTable, type ColourScale } from '#compose/overlay/colour-scale';
import { shippedFont } from '#compose/overlay/font';
import { drawLegend } from '#compose/overlay/legend';
import type { Explanation } from '#domain/explanation';

interface Overlay {
  /** The frame as it is, in true colours. */
  readonly frame: Picture;
  readonly explanation: Explanation;
  /** Which frame of the source it is, from 0. */
  readonly keyFrame: number;
  readonly colours: ColourScale;
  /** Lines that must not be missed. */
  readonly warnings: readonly string[];
}

/** Draws where a sentence is seen over one frame, and below it what is shown; the file's ending says the format. */
export async function drawOverlay(path: string, overlay: Overlay): Promise<void> {
  const { frame, explanation, keyFrame, colours, warnings } = overlay;
  const { maps, size, frameIndices, crop, sentence, similarity, method } = explanation;
  const { rows, columns } = frame;
  const cells = size * size;
  const at = Math.max(0, frameIndices.indexOf(keyFrame)) * cells;
  const blended = blendMap(frame, { values: maps.subarray(at, at + cells), size, crop }, colourTable(colours));
  const lines = [
    `Sentence: ${sentence.trim()}`,
    `Similarity ${similarity.toFixed(4)} (a cosine, no probability). Frame ${keyFrame + 1}. Method: ${method}`,
  ];
  const legend = await drawLegend({ warnings, lines }, { columns, font: shippedFont(), colours });
  const whole = Buffer.concat([blended, legend.pixels]);
  await sharp(whole, { raw: { width: columns, height: rows + legend.rows, channels: 3 } }).toFile(path);
}
