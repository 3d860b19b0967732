/** A motion JPEG film as an AVI file: header, one video stream, its frames. */
export function makeAvi(
  frames: readonly Uint8Array[],
  { width, height, microseconds }: { readonly width: number; readonly height: number; readonly microseconds: number },
): Buffer {
  const avih = Buffer.alloc(56);
  avih.writeUInt32LE(microseconds, 0);
  avih.writeUInt32LE(frames.length, 16);
  avih.writeUInt32LE(1, 24);
  avih.writeUInt32LE(width, 32);
  avih.writeUInt32LE(height, 36);
  const strh = Buffer.alloc(56);
  strh.write('vidsMJPG', 0, 'latin1');
  strh.writeUInt32LE(microseconds, 20);
  strh.writeUInt32LE(1_000_000, 24);
  strh.writeUInt32LE(frames.length, 32);
  const strf = Buffer.alloc(40);
  strf.writeUInt32LE(40, 0);
  strf.writeInt32LE(width, 4);
  strf.writeInt32LE(height, 8);
  strf.writeUInt16LE(1, 12);
  strf.writeUInt16LE(24, 14);
  strf.write('MJPG', 16, 'latin1');
  const header = list('hdrl', chunk('avih', avih), list('strl', chunk('strh', strh), chunk('strf', strf)));
  const movie = list('movi', ...frames.map((frame) => chunk('00dc', frame)));
  return part('RIFF', 'AVI ', header, movie);
}

function list(kind: string, ...content: readonly Buffer[]): Buffer {
  return part('LIST', kind, ...content);
}

function part(name: string, kind: string, ...content: readonly Buffer[]): Buffer {
  return chunk(name, Buffer.concat([Buffer.from(kind, 'latin1'), ...content]));
}

function chunk(name: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}
