import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import { deriveUid } from '#domain/uid';
import { cropAndScale, cropBox } from '#image/crop-and-scale';
import { readAvi } from './avi.ts';

/** Frames of an AVI file as a model takes them. Such films were masked when they were published: crop and scale only. */
export async function prepareAvi(
  path: string,
  { size, selectFrames }: { readonly size: number; selectFrames(frames: number): readonly number[] },
): Promise<PreparedClip> {
  const { width, height, frames } = readAvi(await readFile(path));
  const frameIndices = selectFrames(frames.length);
  const crop = cropBox(width, height);
  const pixels = new Uint8Array(frameIndices.length * size * size * 3);
  for (const [index, frame] of frameIndices.entries()) {
    const data = await decode(frames[frame]!, { width, height });
    pixels.set(cropAndScale({ data, width, height, channels: 3 }, crop, size), index * size * size * 3);
  }
  const sector = [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
  // The name tells films apart as a SOP Instance UID tells clips.
  const sopInstance = deriveUid('film', basename(path));
  return { sopInstance, pixels, size, frameIndices, crop, facts: { sector, coloured: 0, motion: 0 } };
}

async function decode(jpeg: Uint8Array, { width, height }: { width: number; height: number }): Promise<Uint8Array> {
  const { data, info } = await sharp(jpeg, { failOn: 'error', limitInputPixels: 4096 * 4096 })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new AgentError('PIXELS_UNDECODABLE', 'A frame of the film is damaged.', { cause });
    });
  if (info.width !== width || info.height !== height || info.channels !== 3)
    throw new AgentError('PIXELS_UNDECODABLE', `A frame of the film is ${info.width} × ${info.height}.`);
  return data;
}
