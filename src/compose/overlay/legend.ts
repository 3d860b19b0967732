import sharp from 'sharp';
import { colourScales, type Colour, type ColourScale } from './colour-scale.ts';
import type { Picture } from './blend.ts';
import type { Font } from './true-type.ts';

export interface LegendText {
  /** Lines that must not be missed, drawn in yellow. */
  readonly warnings: readonly string[];
  readonly lines: readonly string[];
}

const sizes = { min: 10, max: 18, columnsPerPixel: 48 } as const;

/** A strip as wide as the picture, to stand below it so that it hides nothing: what is shown, and the scale of colours. */
export async function drawLegend(
  text: LegendText,
  look: { columns: number; font: Font; colours: ColourScale },
): Promise<Picture> {
  const { columns, font } = look;
  const size = Math.round(Math.max(sizes.min, Math.min(sizes.max, columns / sizes.columnsPerPixel)));
  const margin = Math.round(size / 2);
  const step = Math.round(size * 1.35);
  const fit = (paragraph: string): readonly string[] => wrap(paragraph, (columns - 2 * margin) / size, font);
  const rows = [
    ...text.warnings.flatMap(fit).map((line) => ({ line, fill: '#ffe000' })),
    ...text.lines.flatMap(fit).map((line) => ({ line, fill: '#ffffff' })),
  ];
  const height = margin * 2 + step * (rows.length + 1);
  const drawn = rows.map(({ line, fill }, index) => {
    const path = font.path(line, { x: margin, y: margin + step * index + size, size });
    return `<path fill="${fill}" d="${path}"/>`;
  });
  const bar = scaleBar({ ...look, size, margin, y: margin + step * rows.length });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${columns}" height="${height}">${drawn.join('')}${bar}</svg>`;
  const pixels = await sharp(Buffer.from(svg))
    .flatten({ background: '#000000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return { rows: height, columns, pixels };
}

function scaleBar(look: {
  columns: number;
  font: Font;
  colours: ColourScale;
  size: number;
  margin: number;
  y: number;
}): string {
  const { columns, font, size, margin, y } = look;
  const [low, high] = ['low', 'high'];
  const gap = size / 3;
  const from = margin + font.width(low) * size + gap;
  const width = Math.max(size, Math.min(columns / 3, columns - from - margin - font.width(high) * size - gap));
  const stops = colourScales[look.colours].map(
    (colour: Colour, index, all) =>
      `<stop offset="${index / (all.length - 1)}" stop-color="rgb(${colour.join(',')})"/>`,
  );
  const baseline = y + size;
  const label =
    font.path(low, { x: margin, y: baseline, size }) + font.path(high, { x: from + width + gap, y: baseline, size });
  return (
    `<defs><linearGradient id="scale">${stops.join('')}</linearGradient></defs><path fill="#ffffff" d="${label}"/>` +
    `<rect x="${from.toFixed(2)}" y="${(y + size * 0.3).toFixed(2)}" width="${width.toFixed(2)}" height="${(size * 0.7).toFixed(2)}" fill="url(#scale)"/>`
  );
}

/** Breaks a paragraph into lines of at most `widthMax` ems; a word that is wider alone is broken too. */
export function wrap(paragraph: string, widthMax: number, font: Pick<Font, 'width'>): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((word) => pieces(word, widthMax, font))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && font.width(longer) > widthMax) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

function pieces(word: string, widthMax: number, font: Pick<Font, 'width'>): readonly string[] {
  if (font.width(word) <= widthMax) return [word];
  const parts: string[] = [];
  let part = '';
  for (const character of Array.from(word)) {
    if (part !== '' && font.width(part + character) > widthMax) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}
