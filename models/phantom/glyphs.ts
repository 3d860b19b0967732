/** Letters of three by five dots: each digit is one row, its bits the dots from left to right. */
const glyphs: Readonly<Record<string, string>> = {
  A: '25755', B: '65656', C: '34443', D: '65556', E: '74647', F: '74644', G: '34553', H: '55755', I: '72227', J: '11152',
  K: '55655', L: '44447', M: '57755', N: '65555', O: '25552', P: '65644', Q: '25563', R: '65655', S: '34216', T: '72222',
  U: '55557', V: '55552', W: '55775', X: '55255', Y: '55222', Z: '71247', '0': '75557', '1': '26227', '2': '61247',
  '3': '61216', '4': '55711', '5': '74616', '6': '34757', '7': '71222', '8': '75757', '9': '75716', ':': '02020',
  '.': '00002', '-': '00700', '/': '11244', '^': '25000', '%': '51245', '=': '07070', '(': '12221', ')': '42224',
}; // prettier-ignore

/** A canvas that letters and lines are burned into. */
export interface Canvas {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Sets one pixel; outside the canvas nothing happens. */
export function dot({ data, width, height }: Canvas, x: number, y: number, colour: Colour): void {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return;
  data.set(colour, 3 * (row * width + column));
}

/** Fills a box. */
export function fill(
  canvas: Canvas,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  colour: Colour,
): void {
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) dot(canvas, x, y, colour);
}

/** A straight line. */
export function line(
  canvas: Canvas,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  colour: Colour,
): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
  for (let step = 0; step <= steps; step++)
    dot(canvas, x0 + ((x1 - x0) * step) / steps, y0 + ((y1 - y0) * step) / steps, colour);
}

/** Writes capitals, digits and a few signs; `size` is the side of one dot of a letter. */
export function write(
  canvas: Canvas,
  text: string,
  [left, top]: readonly [number, number],
  look: { size: number; colour: Colour },
): void {
  const { size } = look;
  for (const [place, letter] of Array.from(text.toUpperCase()).entries()) {
    for (const [row, digit] of Array.from(glyphs[letter] ?? '').entries())
      writeRow(canvas, Number(digit), [left + place * 4 * size, top + row * size], look);
  }
}

function writeRow(
  canvas: Canvas,
  bits: number,
  [left, top]: readonly [number, number],
  { size, colour }: { size: number; colour: Colour },
): void {
  for (const [bit, mask] of [4, 2, 1].entries()) {
    const x = left + bit * size;
    if ((bits & mask) !== 0) fill(canvas, [x, top, x + size, top + size], colour);
  }
}
