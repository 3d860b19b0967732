import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cropAndScale, cropBox } from '#image/crop-and-scale';
import { maskOutside } from '#image/mask';
import { findSector } from '#image/sector';
import type { View } from '#domain/view';
import { makePhantomClip, type PhantomClip, type PhantomKind } from '#models/phantom/clip';
import { coverage, maskIds, maskSide } from './coverage.ts';
import type { PhantomView } from '#models/phantom/views/of-view';

// Writes frames of phantoms, prepared exactly as the agent prepares those of patients, with their truth:
// frames.npy (n, 224, 224, 3), masks.npy (n, structures, 14, 14), truth.json.

const size = 224;
const framesEach = 6;
const millisecondsApart = 170;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    clips: { type: 'string', default: '100' },
    seed: { type: 'string', default: 'train' },
    views: { type: 'string', default: 'A4C' },
    doppler: { type: 'boolean', default: false },
  },
});
const folder = values.out!;
const clips = Number(values.clips);
const views = values.views.split(',') as PhantomView[];

mkdirSync(folder, { recursive: true });
const [frameFile, maskFile] = ['frames.npy', 'masks.npy'].map((name) => openSync(join(folder, name), 'w')) as [
  number,
  number,
];
writeSync(frameFile, header([clips * framesEach, size, size, 3]));
writeSync(maskFile, header([clips * framesEach, maskIds.length, maskSide, maskSide]));
const truths: unknown[] = [];
for (let index = 0; index < clips; index++) {
  const view = views[index % views.length]!;
  const kind = kindFor(view, index);
  const clip = makePhantomClip({
    seed: `${values.seed}-${index}`,
    view,
    kind,
    frames: framesEach,
    frameTimeMs: millisecondsApart,
  });
  const crop = cropBox(clip.columns, clip.rows);
  for (const [at, pixels] of prepare(clip).entries()) {
    const { phase, leftVentricleVolume, structures } = clip.truth.frames[at]!;
    writeSync(frameFile, pixels);
    writeSync(maskFile, coverage(structures, crop));
    const { heart, grades } = clip.truth;
    truths.push({ clip: index, view: className(view, kind), kind, phase, leftVentricleVolume, heart, grades });
  }
}
closeSync(frameFile);
closeSync(maskFile);
writeFileSync(join(folder, 'truth.json'), JSON.stringify({ maskIds, truths }));

/** Where colour is wanted, two clips in five of a view that has a class for it are in colour. */
function kindFor(view: PhantomView, index: number): PhantomKind {
  const hasColour = values.doppler && ['A4C', 'A2C', 'PLAX', 'PSAX'].includes(view);
  return hasColour && Math.floor(index / views.length) % 5 < 2 ? 'colour-doppler' : 'b-mode';
}

/** The class in the words of EchoPrime's classifier. */
function className(view: PhantomView, kind: PhantomKind): string {
  const names: Record<View, string> = {
    A2C: 'A2C',
    A3C: 'A3C',
    A4C: 'A4C',
    A5C: 'A5C',
    PLAX: 'Parasternal_Long',
    PSAX: 'Parasternal_Short',
    SSN: 'SSN',
    subcostal: 'Subcostal',
    doppler: '',
  };
  if (kind !== 'colour-doppler') return names[view];
  return view === 'PLAX'
    ? 'Doppler_Parasternal_Long'
    : view === 'PSAX'
      ? 'Doppler_Parasternal_Short'
      : 'Apical_Doppler';
}

function prepare({ frames, rows, columns, regions }: PhantomClip): Uint8Array[] {
  const pictures = frames.map((data) => ({ data, width: columns, height: rows }));
  const sector = findSector(pictures, regions[0]!.box);
  const crop = cropBox(columns, rows);
  return pictures.map((picture) => {
    const data = sector ? maskOutside(picture, sector) : picture.data;
    return cropAndScale({ data, width: columns, height: rows, channels: 3 }, crop, size);
  });
}

/** The beginning of an .npy file of bytes, version 1.0. */
function header(shape: readonly number[]): Buffer {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1')]);
}
