import sharp from 'sharp';
import { AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { Composition } from '#src/ports';
import { phantomOnly, researchOnly } from '#templates/statements';
import { blendMap } from './blend.ts';
import { colourTable, type ColourScale } from './colour-scale.ts';
import { drawLegend, type LegendText } from './legend.ts';
import type { Font } from './true-type.ts';

export interface OverlayLook {
  readonly overlay: Composition['overlays'][number];
  readonly colours: ColourScale;
  readonly font: Font;
}

/** A PromptCAM over its frames, each drawn when it is asked for, with the legend below it. */
export interface Drawing {
  readonly rows: number;
  readonly columns: number;
  /** RGB, interleaved, of the frame at this place among the explained ones. */
  frame(index: number): Buffer;
}

const jpegQuality = 90;

/** Prepares the drawing of an overlay: its legend says what is shown, by which method, and for whom it is not. */
export async function drawOverlay(
  { overlay, colours, font }: OverlayLook,
  { title, isPhantomOnly }: { title: string; isPhantomOnly: boolean },
): Promise<Drawing> {
  const { explanation, frames } = overlay;
  requireMatching(explanation, frames.pixels.length);
  const { columns } = frames;
  const legend = await drawLegend(legendOf(explanation, title, isPhantomOnly), { columns, font, colours });
  const table = colourTable(colours);
  const cells = explanation.size ** 2;
  return {
    rows: frames.rows + legend.rows,
    columns,
    frame(index) {
      const values = explanation.maps.subarray(index * cells, (index + 1) * cells);
      const blended = blendMap({ ...frames, pixels: frames.pixels[index]! }, { ...explanation, values }, table);
      return Buffer.concat([blended, legend.pixels]);
    },
  };
}

/** RGB pixels as baseline JPEG; the same pixels give the same bytes. */
export function jpegOf(
  pixels: Uint8Array,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Promise<Buffer> {
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
    .jpeg({ quality: jpegQuality, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function requireMatching({ maps, size, frameIndices }: Explanation, frames: number): void {
  if (frames === 0 || frames !== frameIndices.length || maps.length !== frames * size * size)
    throw new AgentError('REPORT_INVALID', `${frames} frames and a map of ${maps.length} values do not match.`);
}

/** What the methods are called in words. */
export const methods = { 'grad-cam': 'Grad-CAM', 'integrated-gradients': 'integrated gradients' } as const;

function legendOf({ sentence, similarity, method }: Explanation, title: string, isPhantomOnly: boolean): LegendText {
  return {
    warnings: isPhantomOnly ? [phantomOnly, researchOnly] : [researchOnly],
    lines: [
      title,
      `Sentence: ${sentence.trim()}`,
      `Similarity ${similarity.toFixed(4)} in this clip (a cosine, no probability). Method: ${methods[method]}. Colour: share in the similarity`,
    ],
  };
}
