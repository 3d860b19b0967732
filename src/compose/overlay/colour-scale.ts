/** How much the map matters at a place, as a colour. */
export const colourScales = {
  /** As in the paper: red where the sentence is seen most. About one man in twelve cannot tell its ends apart. */
  'red-green': [
    [0, 170, 0],
    [255, 230, 0],
    [230, 0, 0],
  ],
  /** Blue to yellow, rising in lightness: told apart with any colour vision, and in grey. */
  'colour-blind-safe': [
    [0, 50, 130],
    [125, 125, 120],
    [255, 234, 70],
  ],
} as const satisfies Record<string, readonly Colour[]>;
export type ColourScale = keyof typeof colourScales;
export type Colour = readonly [red: number, green: number, blue: number];

/** The colours of 0 to 1 in 256 steps, three bytes a step. */
export function colourTable(scale: ColourScale): Uint8Array {
  const stops = colourScales[scale];
  const table = new Uint8Array(3 * 256);
  for (let step = 0; step < 256; step++) {
    const place = (step / 255) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [stops[below]![channel]!, stops[below + 1]![channel]!];
      table[3 * step + channel] = Math.round(from + (to - from) * (place - below));
    }
  }
  return table;
}
