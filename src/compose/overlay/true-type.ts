// Outlines of a TrueType font (ISO/IEC 14496-22, tables cmap, glyf, head, hhea, hmtx, loca). Text is drawn as outlines,
// since text drawn by the system's libraries depends on the machine's fonts and hinting, and the same input must give
// the same bytes everywhere.

export interface Font {
  /** Whether it has a picture of every character, and draws no empty box for one. */
  has(text: string): boolean;
  /** Width of a text at a size of one pixel an em. */
  width(text: string): number;
  /** The text as SVG path data, its baseline beginning at x, y. */
  path(text: string, place: { readonly x: number; readonly y: number; readonly size: number }): string;
}

export function readFont(bytes: Buffer): Font {
  const tables = tablesOf(bytes);
  const unitsPerEm = tables.head.readUInt16BE(18);
  const glyphOf = characterMap(tables.cmap);
  const advanceOf = advances(tables);
  const outlineOf = outlines(tables);
  const glyphs = (text: string): readonly number[] =>
    Array.from(text, (character) => glyphOf(character.codePointAt(0)!));
  return {
    has: (text) => glyphs(text).every((glyph) => glyph !== 0),
    width: (text) => glyphs(text).reduce((sum, glyph) => sum + advanceOf(glyph), 0) / unitsPerEm,
    path(text, { x, y, size }) {
      let at = x;
      const scale = size / unitsPerEm;
      return glyphs(text)
        .map((glyph) => {
          const drawn = outlineOf(glyph).map((contour) => contourPath(contour, { x: at, y, scale }));
          at += advanceOf(glyph) * scale;
          return drawn.join('');
        })
        .join('');
    },
  };
}

type TableName = 'cmap' | 'glyf' | 'head' | 'hhea' | 'hmtx' | 'loca';
type Tables = Readonly<Record<TableName, Buffer>>;

function tablesOf(bytes: Buffer): Tables {
  const found: Record<string, Buffer> = {};
  for (let index = 0; index < bytes.readUInt16BE(4); index++) {
    const at = 12 + 16 * index;
    const offset = bytes.readUInt32BE(at + 8);
    found[bytes.toString('latin1', at, at + 4)] = bytes.subarray(offset, offset + bytes.readUInt32BE(at + 12));
  }
  return found as Tables;
}

/** Subtable format 4: segments of the Basic Multilingual Plane. What is not in it is glyph 0, a box. */
function characterMap(cmap: Buffer): (codePoint: number) => number {
  const offsets = Array.from({ length: cmap.readUInt16BE(2) }, (_, index) => cmap.readUInt32BE(4 + 8 * index + 4));
  const segments = cmap.subarray(offsets.find((offset) => cmap.readUInt16BE(offset) === 4) ?? 0);
  const doubleCount = segments.readUInt16BE(6);
  return (codePoint) => {
    for (let at = 14; at < 14 + doubleCount; at += 2) {
      if (segments.readUInt16BE(at) < codePoint) continue;
      const first = segments.readUInt16BE(at + 2 + doubleCount);
      if (first > codePoint) return 0;
      const delta = segments.readUInt16BE(at + 2 + 2 * doubleCount);
      const rangeAt = at + 2 + 3 * doubleCount;
      const range = segments.readUInt16BE(rangeAt);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = segments.readUInt16BE(rangeAt + range + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

function advances({ hhea, hmtx }: Tables): (glyph: number) => number {
  const last = hhea.readUInt16BE(34) - 1;
  return (glyph) => hmtx.readUInt16BE(4 * Math.min(glyph, last));
}

interface OutlinePoint {
  readonly x: number;
  readonly y: number;
  readonly onCurve: boolean;
}
type Contour = readonly OutlinePoint[];

function outlines({ glyf, loca, head }: Tables): (glyph: number) => readonly Contour[] {
  const isLong = head.readInt16BE(50) === 1;
  const offset = (glyph: number): number => (isLong ? loca.readUInt32BE(4 * glyph) : 2 * loca.readUInt16BE(2 * glyph));
  const outlineOf = (glyph: number): readonly Contour[] => {
    const outline = glyf.subarray(offset(glyph), offset(glyph + 1));
    if (outline.length === 0) return [];
    return outline.readInt16BE(0) >= 0 ? simpleOutline(outline) : compositeOutline(outline, outlineOf);
  };
  return outlineOf;
}

function simpleOutline(outline: Buffer): readonly Contour[] {
  const ends = Array.from({ length: outline.readInt16BE(0) }, (_, index) => outline.readUInt16BE(10 + 2 * index));
  const count = (ends.at(-1) ?? -1) + 1;
  let at = 10 + 2 * ends.length;
  at += 2 + outline.readUInt16BE(at);
  const flags: number[] = [];
  while (flags.length < count) {
    const flag = outline[at++]!;
    const repeats = (flag & 8) === 0 ? 0 : outline[at++]!;
    for (let repeat = 0; repeat <= repeats; repeat++) flags.push(flag);
  }
  const coordinates = (isShort: number, isSame: number): readonly number[] => {
    let value = 0;
    return flags.map((flag) => {
      if ((flag & isShort) !== 0) value += (flag & isSame) === 0 ? -outline[at++]! : outline[at++]!;
      else if ((flag & isSame) === 0) {
        value += outline.readInt16BE(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = coordinates(2, 16);
  const ys = coordinates(4, 32);
  const points = flags.map((flag, index) => ({ x: xs[index]!, y: ys[index]!, onCurve: (flag & 1) === 1 }));
  return ends.map((end, index) => points.slice(index === 0 ? 0 : ends[index - 1]! + 1, end + 1));
}

/** Parts with offsets, such as an accent over a letter; parts that are also scaled do not occur in Latin letters. */
function compositeOutline(outline: Buffer, outlineOf: (glyph: number) => readonly Contour[]): readonly Contour[] {
  const contours: Contour[] = [];
  for (let at = 10, flags = 0x20; (flags & 0x20) !== 0;) {
    flags = outline.readUInt16BE(at);
    const part = outlineOf(outline.readUInt16BE(at + 2));
    const isWords = (flags & 1) !== 0;
    const dx = isWords ? outline.readInt16BE(at + 4) : outline.readInt8(at + 4);
    const dy = isWords ? outline.readInt16BE(at + 6) : outline.readInt8(at + 5);
    contours.push(...part.map((contour) => contour.map((point) => ({ ...point, x: point.x + dx, y: point.y + dy }))));
    const scales = (flags & 0x08) === 0 ? ((flags & 0x40) === 0 ? ((flags & 0x80) === 0 ? 0 : 8) : 4) : 2;
    at += (isWords ? 8 : 6) + scales;
  }
  return contours;
}

/** A contour as quadratic curves: between two points off the curve, their middle is on it. */
function contourPath(contour: Contour, { x, y, scale }: { x: number; y: number; scale: number }): string {
  const first = contour.find(({ onCurve }) => onCurve);
  if (!first) return '';
  const place = (point: { x: number; y: number }): string =>
    `${(x + point.x * scale).toFixed(2)} ${(y - point.y * scale).toFixed(2)}`;
  const start = contour.indexOf(first);
  let path = `M${place(first)}`;
  let control: OutlinePoint | undefined;
  for (const point of [...contour.slice(start + 1), ...contour.slice(0, start + 1)]) {
    if (point.onCurve) {
      path += control ? `Q${place(control)} ${place(point)}` : `L${place(point)}`;
      control = undefined;
      continue;
    }
    if (control) path += `Q${place(control)} ${place({ x: (control.x + point.x) / 2, y: (control.y + point.y) / 2 })}`;
    control = point;
  }
  return `${path}Z`;
}
