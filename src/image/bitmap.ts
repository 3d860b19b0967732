/** A picture of yes and no, one byte a pixel. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

export function bitmap(width: number, height: number): Bitmap {
  return { width, height, bits: new Uint8Array(width * height) };
}

/** Keeps what has yes all around within `reach` pixels (a square), or with `grow` adds what has yes anywhere there. */
export function morph(picture: Bitmap, reach: number, kind: 'shrink' | 'grow'): Bitmap {
  return turn(pass(turn(pass(picture, reach, kind)), reach, kind));
}

/** One pass along the rows. What lies outside the picture is not looked at, so that nothing shrinks from its border. */
function pass({ width, height, bits }: Bitmap, reach: number, kind: 'shrink' | 'grow'): Bitmap {
  const result = bitmap(width, height);
  for (let start = 0; start < bits.length; start += width) {
    let [count, seen] = [0, 0]; // of the pixels within reach
    for (let x = -reach; x < width; x++) {
      if (x + reach < width) {
        count += bits[start + x + reach]!;
        seen++;
      }
      if (x - reach - 1 >= 0) {
        count -= bits[start + x - reach - 1]!;
        seen--;
      }
      if (x >= 0 && count >= (kind === 'shrink' ? seen : 1)) result.bits[start + x] = 1;
    }
  }
  return result;
}

function turn({ width, height, bits }: Bitmap): Bitmap {
  const result = bitmap(height, width);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) result.bits[x * height + y] = bits[y * width + x]!;
  return result;
}

/** Pixels that hang together over their four neighbours. */
export interface Component {
  readonly picture: Bitmap;
  readonly area: number;
}

/** The largest component; empty where there is none. */
export function largestComponent({ width, height, bits }: Bitmap): Component {
  const labels = new Int32Array(width * height);
  let [best, bestArea, label] = [0, 0, 0];
  for (let start = 0; start < bits.length; start++) {
    if (bits[start] === 0 || labels[start] !== 0) continue;
    const area = flood({ width, bits, labels }, start, ++label);
    if (area > bestArea) [best, bestArea] = [label, area];
  }
  const picture = { width, height, bits: Uint8Array.from(labels, (one) => (bestArea > 0 && one === best ? 1 : 0)) };
  return { picture, area: bestArea };
}

/** The component of `wider` that holds a given one. */
export function componentAround({ width, height, bits }: Bitmap, inner: Component): Component {
  const labels = new Int32Array(width * height);
  const start = inner.picture.bits.findIndex((bit, at) => bit === 1 && bits[at] === 1);
  if (start < 0) return inner;
  const area = flood({ width, bits, labels }, start, 1);
  return { picture: { width, height, bits: Uint8Array.from(labels) }, area };
}

function flood(
  { width, bits, labels }: { width: number; bits: Uint8Array; labels: Int32Array },
  start: number,
  label: number,
): number {
  const open = [start];
  labels[start] = label;
  let area = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    area++;
    const x = at % width;
    for (const next of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
      if (next < 0 || next >= bits.length || bits[next] === 0 || labels[next] !== 0) continue;
      labels[next] = label;
      open.push(next);
    }
  }
  return area;
}
