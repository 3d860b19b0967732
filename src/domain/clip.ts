import type { Box, Polygon } from './geometry.ts';
import type { StudyUid, Uid } from './uid.ts';
import type { ViewReading } from './view.ts';

/** Why a clip cannot be a B-mode cine that a model may look at: a normal state, not a failure. */
export const ineligibilities = {
  'not-an-image': 'the object is not an image',
  'not-ultrasound': 'the object is not an ultrasound image',
  still: 'a single frame, not a cine',
  'too-short': 'fewer frames than the model needs',
  'too-small': 'too few pixels to be an echocardiogram',
  'spectral-doppler': 'spectral Doppler',
  'colour-doppler': 'colour Doppler',
  'm-mode': 'M-mode',
  'three-dimensional': 'a volume, not a plane',
  'several-planes': 'more than one image plane side by side',
  'no-tissue-region': 'no two-dimensional tissue region',
  frozen: 'nothing moves in it',
  'no-sector': 'no ultrasound sector found in the pixels',
  video: 'a video transfer syntax, which this program has no decoder for',
  undecodable: 'the pixel data cannot be decoded',
  unreadable: 'the header cannot be read',
} as const;
export type Ineligibility = keyof typeof ineligibilities;

export type Eligibility =
  | { readonly kind: 'eligible'; readonly region?: Box }
  | { readonly kind: 'ineligible'; readonly because: Ineligibility };

/** What the pixels say of a clip, beyond its header. */
export interface PixelFacts {
  /** The sector found; absent where there is none. */
  readonly sector?: Polygon;
  /** Share of the sector that patches of changing colour cover, in the frame that has most of them, 0 to 1. */
  readonly coloured: number;
  /** True where a scale of velocities in colour stands beside the sector. */
  readonly colourBar?: boolean;
  /** Mean absolute difference between neighbouring frames looked at, in grey levels, within the sector. */
  readonly motion: number;
}

/** Frames of one clip as a model takes them: masked to the sector, cropped and scaled. */
export interface PreparedClip {
  readonly sopInstance: Uid;
  /** Frames in order, RGB bytes, [frames, size, size, 3]. */
  readonly pixels: Uint8Array;
  readonly size: number;
  /** Which frame of the source each is, from 0. */
  readonly frameIndices: readonly number[];
  /** The part of the source frame that became the square: it maps results back to source pixels. */
  readonly crop: Box;
  readonly facts: PixelFacts;
}

/** How one clip fared in an assessment: a person can follow it from here. */
export interface ClipReading {
  readonly sopInstance: Uid;
  readonly series: Uid;
  readonly eligibility: Eligibility;
  readonly view?: ViewReading;
  /** True where its frames went into the findings. */
  readonly used: boolean;
}

/** What a look at a clip brought, kept so that it is not looked at twice. */
export interface Look {
  readonly study: StudyUid;
  readonly reading: ClipReading;
  /** Digest of the view model that looked. */
  readonly by: string;
}
