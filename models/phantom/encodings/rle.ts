/** One frame in RLE Lossless (PS3.5 annex G): a header, then one segment for each channel. */
export function encodeRle(frame: Uint8Array, { columns, channels }: { columns: number; channels: number }): Uint8Array {
  const pixels = frame.length / channels;
  const segments = Array.from({ length: channels }, (_, channel) =>
    pack(
      Uint8Array.from({ length: pixels }, (_, pixel) => frame[pixel * channels + channel]!),
      columns,
    ),
  );
  const header = Buffer.alloc(64);
  header.writeUInt32LE(channels, 0);
  let offset = header.length;
  for (const [index, segment] of segments.entries()) {
    header.writeUInt32LE(offset, 4 + 4 * index);
    offset += segment.length;
  }
  return Buffer.concat([header, ...segments]);
}

/** PackBits, row by row (PS3.5 section G.3.1), of even length. */
function pack(plane: Uint8Array, columns: number): Uint8Array {
  const packed: number[] = [];
  for (let row = 0; row < plane.length; row += columns) packRow(plane.subarray(row, row + columns), packed);
  if (packed.length % 2 === 1) packed.push(0);
  return Uint8Array.from(packed);
}

const longest = 128;

function packRow(row: Uint8Array, packed: number[]): void {
  let literalFrom = 0;
  const flush = (to: number): void => {
    for (let from = literalFrom; from < to; from += longest) {
      const part = row.subarray(from, Math.min(to, from + longest));
      packed.push(part.length - 1, ...part);
    }
  };
  for (let at = 0; at < row.length;) {
    let run = 1;
    while (run < longest && row[at + run] === row[at]) run++;
    if (run >= 3) {
      flush(at);
      packed.push(257 - run, row[at]!);
      literalFrom = at + run;
    }
    at += run;
  }
  flush(row.length);
}
