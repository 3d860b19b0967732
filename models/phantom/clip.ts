import type { UltrasoundRegion } from '#domain/instance';
import type { Polygon } from '#domain/geometry';
import { drawHeart, gradesOf, type Heart, type HeartGrades } from './heart.ts';
import { randomOf } from './random.ts';
import type { StructureId } from './scene.ts';
import { examine, picture, regionOf, type Examination } from './examination.ts';
import { colourFlow, colourRegion } from './colour-doppler.ts';
import { drawStrip, type StripKind } from './strip.ts';
import type { PhantomView } from './views/of-view.ts';

/** What kind of recording a phantom is. */
export const phantomKinds = ['b-mode', 'colour-doppler', 'spectral-doppler', 'm-mode', 'still'] as const;
export type PhantomKind = (typeof phantomKinds)[number];

/** What is wanted of a phantom; the rest is drawn from the seed. */
export interface PhantomWish {
  readonly seed: number | string;
  readonly view: PhantomView;
  readonly kind?: PhantomKind;
  readonly heart?: Partial<Heart>;
  /** For cines; the others have one. */
  readonly frames?: number;
  readonly frameTimeMs?: number;
  /** Burned into the picture. */
  readonly patient?: string;
}

/** Frames of a made echocardiogram, and the truth of them. */
export interface PhantomClip {
  readonly rows: number;
  readonly columns: number;
  /** RGB, interleaved. */
  readonly frames: readonly Uint8Array[];
  readonly frameTimeMs: number;
  readonly regions: readonly UltrasoundRegion[];
  readonly truth: PhantomTruth;
}

/** Everything that is known of a phantom because it was made so. Plain data. */
export interface PhantomTruth {
  readonly seed: string;
  readonly view: PhantomView;
  readonly kind: PhantomKind;
  readonly heart: Heart;
  readonly grades: HeartGrades;
  /** The sector's outline in pixels. */
  readonly sector: Polygon;
  readonly frames: readonly FrameTruth[];
}

export interface FrameTruth {
  /** Share of the heart cycle, 0 at the R wave. */
  readonly phase: number;
  /** Volume of the left ventricle in millilitres. */
  readonly leftVentricleVolume: number;
  /** Outlines in pixels, as far as they lie in the sector. */
  readonly structures: readonly { readonly id: StructureId; readonly polygon: Polygon }[];
}

/** Makes a phantom: the same wish gives the same bytes. */
export function makePhantomClip(wish: PhantomWish): PhantomClip {
  const kind = wish.kind ?? 'b-mode';
  const heart = drawHeart(randomOf(wish.seed, 'heart'), wish.heart);
  const examination = examine({
    seed: wish.seed,
    view: wish.view,
    heart,
    patient: wish.patient ?? `PHANTOM ${wish.seed}`,
  });
  const frameTimeMs = wish.frameTimeMs ?? 33.333;
  switch (kind) {
    case 'b-mode':
    case 'still':
      return cine(examination, { kind, heart, frames: kind === 'still' ? 1 : (wish.frames ?? 48), frameTimeMs });
    case 'colour-doppler':
      return cine(examination, { kind, heart, frames: wish.frames ?? 48, frameTimeMs });
    case 'spectral-doppler':
    case 'm-mode':
      return strip(examination, kind, heart);
  }
}

interface CineOptions {
  readonly kind: PhantomKind;
  readonly heart: Heart;
  readonly frames: number;
  readonly frameTimeMs: number;
}

function cine(examination: Examination, { kind, heart, frames: count, frameTimeMs }: CineOptions): PhantomClip {
  const { fan } = examination;
  const pictures = Array.from({ length: count }, (_, frame) => picture(examination, (frame * frameTimeMs) / 1000));
  const isColour = kind === 'colour-doppler';
  if (isColour) for (const each of pictures) colourFlow(examination, each);
  return {
    rows: fan.rows,
    columns: fan.columns,
    frames: pictures.map(({ frame }) => frame),
    frameTimeMs,
    regions: [regionOf(fan), ...(isColour ? [colourRegion(examination)] : [])],
    truth: truthOf(examination, { kind, heart, frames: pictures.map(({ truth }) => truth) }),
  };
}

function strip(examination: Examination, kind: StripKind, heart: Heart): PhantomClip {
  const { frame, regions, truth } = drawStrip(examination, kind);
  const { rows, columns } = examination.fan;
  return {
    rows,
    columns,
    frames: [frame],
    frameTimeMs: 0,
    regions,
    truth: truthOf(examination, { kind, heart, frames: [truth] }),
  };
}

function truthOf(
  { seed, view, outline }: Examination,
  known: { kind: PhantomKind; heart: Heart; frames: readonly FrameTruth[] },
): PhantomTruth {
  return { seed, view, ...known, grades: gradesOf(known.heart), sector: outline };
}
