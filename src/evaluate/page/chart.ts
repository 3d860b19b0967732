/** A picture of points in a square with two axes, as SVG. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** In data units. */
  readonly dots?: readonly (readonly [x: number, y: number])[];
  readonly lines?: readonly ChartLine[];
}

export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

export interface ChartLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly style: 'curve' | 'help' | 'limit';
}

const [side, margin, top] = [300, 46, 26];
const styles: Readonly<Record<ChartLine['style'], string>> = {
  curve: 'stroke:#0b62a4;stroke-width:2',
  help: 'stroke:#999;stroke-dasharray:4 4',
  limit: 'stroke:#b3541e;stroke-dasharray:2 3',
};

/** Draws a chart. */
export function drawChart({ title, x, y, dots = [], lines = [] }: Chart): string {
  const place = ([dx, dy]: readonly [number, number]): string =>
    `${(margin + ((dx - x.from) / (x.to - x.from)) * side).toFixed(1)},${(top + (1 - (dy - y.from) / (y.to - y.from)) * side).toFixed(1)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const across = ticks.map((share) => {
    const at = margin + share * side;
    return `<text x="${at}" y="${top + side + 16}" text-anchor="middle">${figure(x.from + share * (x.to - x.from))}</text>`;
  });
  const up = ticks.map((share) => {
    const at = top + 4 + (1 - share) * side;
    return `<text x="${margin - 6}" y="${at}" text-anchor="end">${figure(y.from + share * (y.to - y.from))}</text>`;
  });
  return [
    `<svg viewBox="0 0 ${side + margin + 12} ${top + side + 42}" role="img" aria-label="${escaped(title)}" font-size="11" font-family="sans-serif">`,
    `<text x="${margin}" y="16" font-weight="600">${escaped(title)}</text>`,
    `<rect x="${margin}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#666"/>`,
    ...across,
    ...up,
    `<text x="${margin + side / 2}" y="${top + side + 34}" text-anchor="middle">${escaped(x.title)}</text>`,
    `<text transform="translate(11 ${top + side / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
    ...lines.map(
      ({ points, style }) => `<polyline fill="none" style="${styles[style]}" points="${points.map(place).join(' ')}"/>`,
    ),
    ...dots.map((dot) => {
      const [cx, cy] = place(dot).split(',');
      return `<circle cx="${cx}" cy="${cy}" r="2.5" fill="#0b62a4" fill-opacity="0.55"/>`;
    }),
    '</svg>',
  ].join('\n');
}

/** Text as it may stand in HTML and SVG. */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (letter) => entities[letter]!);
}

/** A number as short as it is clear. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 10 ? value.toFixed(0) : String(Number(value.toFixed(3)));
}
