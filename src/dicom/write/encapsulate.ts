import { elementHead, itemHead } from './encode-data-set.ts';

/** Pixel Data of compressed frames: a Basic Offset Table, then one fragment a frame (PS3.5 section A.4). */
export function encapsulate(frames: readonly Uint8Array[]): Buffer {
  const table = Buffer.alloc(4 * frames.length);
  let offset = 0;
  for (const [index, frame] of frames.entries()) {
    table.writeUInt32LE(offset, 4 * index);
    offset += 8 + evenLength(frame);
  }
  const head = elementHead('7FE00010', 'OB', 0xffffffff);
  return Buffer.concat([
    head,
    itemHead(0xe000, table.length),
    table,
    ...frames.flatMap((frame) => [itemHead(0xe000, evenLength(frame)), frame, Buffer.alloc(frame.length % 2)]),
    itemHead(0xe0dd, 0),
  ]);
}

function evenLength({ length }: Uint8Array): number {
  return length + (length % 2);
}
