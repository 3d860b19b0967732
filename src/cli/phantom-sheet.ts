import sharp from 'sharp';
import { blendMap } from '#compose/overlay/blend';
import { colourTable } from '#compose/overlay/colour-scale';
import type { Explanation } from '#domain/explanation';
import type { Finding } from '#domain/finding';
import { lookAt } from '#evaluate/look-at';
import { makePhantomClip, type PhantomClip } from '#models/phantom/clip';
import { structureOfFinding } from '#models/phantom/finding-truth';
import { line, write, type Canvas } from '#models/phantom/glyphs';
import { recordingsOf } from '#models/phantom/recordings';
import type { OpenedExaminers } from './evaluation/open-examiners.ts';
import { pairCases, type PairCase } from './evaluation/phantom-cases.ts';
import { withPhantoms, type PhantomFile } from './evaluation/phantom-file.ts';

const [tileWidth, tileHeight, columns] = [176, 132, 6];
const overlayColours = colourTable('red-green');

interface Tile {
  readonly pixels: Buffer;
  readonly words: string;
}

/** What a sheet is drawn of. */
export interface SheetWish {
  readonly seed: string;
  readonly examiners: OpenedExaminers;
  readonly signal: AbortSignal;
}

/**
 * Draws phantoms beside what is true of them and what the model sees in them: two rows of views and modes, then for each
 * structure the phantom with it, its outline, both PromptCAMs, the same heart without it, and the PromptCAM of that.
 */
export async function drawSheet(path: string, wish: SheetWish): Promise<void> {
  const tiles = [...(await viewTiles(wish.seed)), ...(await structureTiles(wish))];
  const rows = Math.ceil(tiles.length / columns);
  const placed = tiles.map(({ pixels, words }, index) => ({
    input: labelled(pixels, words),
    raw: { width: tileWidth, height: tileHeight, channels: 3 as const },
    left: (index % columns) * tileWidth,
    top: Math.floor(index / columns) * tileHeight,
  }));
  await sharp({ create: { width: columns * tileWidth, height: rows * tileHeight, channels: 3, background: 'black' } })
    .composite(placed)
    .png({ palette: true, colours: 64, dither: 0, compressionLevel: 9, effort: 10 })
    .toFile(path);
}

async function viewTiles(seed: string): Promise<Tile[]> {
  const seen = recordingsOf({ clips: 16 }).filter(
    ({ view, kind }, index, all) => all.findIndex((one) => one.view === view && one.kind === kind) === index,
  );
  return Promise.all(
    seen.slice(0, 2 * columns).map(async ({ view, kind }, index) => {
      const clip = makePhantomClip({ seed: `sheet-${seed}-${index}`, view, kind, frames: 1 });
      const words = kind === 'b-mode' ? view : `${view} ${kind}`;
      return { pixels: await tileOf(clip, clip.frames[0]!), words };
    }),
  );
}

async function structureTiles({ seed, examiners, signal }: SheetWish): Promise<Tile[]> {
  const cases = pairCases({ phantoms: 0, pairs: 1, seed: `sheet-${seed}`, frames: 12 });
  const tiles: Tile[] = [];
  let sentence = '';
  const use = async ({ path, clip }: PhantomFile, { findingId, isPresent }: PairCase): Promise<void> => {
    const finding = await answerOf(path, findingId, examiners);
    if (isPresent) sentence = finding.asked.evidence.sentence;
    const evidence = { ...finding.asked.evidence, sentence };
    const frame = finding.asked.evidence.keyFrame;
    const plain = clip.frames[frame]!;
    tiles.push({ pixels: await tileOf(clip, plain), words: isPresent ? `with ${findingId}` : 'without' });
    if (isPresent) tiles.push({ pixels: await tileOf(clip, outlined(clip, frame, findingId)), words: 'truth' });
    for (const explainer of isPresent ? examiners.explainers : examiners.explainers.slice(0, 1)) {
      const explanation = await explainer.explain(finding.clip, { ...finding.asked, evidence });
      tiles.push({ pixels: await tileOf(clip, overlaid(clip, frame, explanation)), words: explanation.method });
    }
  };
  await withPhantoms(cases, use, signal);
  return tiles;
}

async function answerOf(path: string, findingId: string, { lookers }: OpenedExaminers) {
  const looked = await lookAt(path, lookers);
  const definition = lookers.findings.definitions.find(({ id }) => id === findingId);
  if (looked.kind === 'refused' || !definition) throw new TypeError(`A phantom for ${findingId} was not looked at.`);
  const [asked] = await lookers.findings.assess([looked.clip], [definition]);
  if (!asked || asked.kind === 'not-assessed') throw new TypeError(`${findingId} was not assessed.`);
  return { clip: looked.clip, asked: asked satisfies Finding };
}

/** The frame with the outline of a structure in it. */
function outlined(clip: PhantomClip, frame: number, findingId: string): Uint8Array {
  const data = clip.frames[frame]!.slice();
  const canvas: Canvas = { data, width: clip.columns, height: clip.rows };
  for (const { id, polygon } of clip.truth.frames[frame]!.structures) {
    if (id !== structureOfFinding[findingId]) continue;
    for (const [index, a] of polygon.entries()) {
      const b = polygon[(index + 1) % polygon.length]!;
      // Three pixels wide, so that it is seen when it is made small.
      for (const shift of [-1, 0, 1]) {
        line(canvas, [a.x + shift, a.y, b.x + shift, b.y], [255, 60, 60]);
        line(canvas, [a.x, a.y + shift, b.x, b.y + shift], [255, 60, 60]);
      }
    }
  }
  return data;
}

function overlaid({ frames, rows, columns }: PhantomClip, frame: number, explanation: Explanation): Uint8Array {
  const { maps, size, crop, frameIndices } = explanation;
  const at = Math.max(0, frameIndices.indexOf(frame)) * size * size;
  const picture = { rows, columns, pixels: frames[frame]! };
  return blendMap(picture, { values: maps.subarray(at, at + size * size), size, crop }, overlayColours);
}

function tileOf({ columns: width, rows: height }: PhantomClip, frame: Uint8Array): Promise<Buffer> {
  return sharp(frame, { raw: { width, height, channels: 3 } })
    .resize(tileWidth, tileHeight, { fit: 'contain' })
    .raw()
    .toBuffer();
}

/** The tile with words in its corner. */
function labelled(pixels: Buffer, words: string): Buffer {
  const canvas = { data: Uint8Array.from(pixels), width: tileWidth, height: tileHeight };
  write(canvas, words, [3, tileHeight - 8], { size: 1, colour: [255, 230, 120] });
  return Buffer.from(canvas.data);
}
