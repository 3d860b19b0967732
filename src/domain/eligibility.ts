import type { Eligibility, Ineligibility, PixelFacts } from './clip.ts';
import { boxArea, type Box } from './geometry.ts';
import type { ImageFacts, InstanceFacts, UltrasoundRegion } from './instance.ts';

// Is this clip a B-mode cine of one plane? First by what the header calibrates (Sequence of Ultrasound Regions), then by
// Image Type, then by the pixels: scanners differ in how much they say, so the first that speaks decides.

const ultrasoundClasses = new Set([
  '1.2.840.10008.5.1.4.1.1.3', // Ultrasound Multi-frame Image Storage (retired)
  '1.2.840.10008.5.1.4.1.1.3.1',
  '1.2.840.10008.5.1.4.1.1.6', // Ultrasound Image Storage (retired)
  '1.2.840.10008.5.1.4.1.1.6.1',
  '1.2.840.10008.5.1.4.1.1.6.2', // Enhanced US Volume Storage
]);
const volumeClass = '1.2.840.10008.5.1.4.1.1.6.2';

/** PS3.3 section C.8.5.5.1.1 and .2. */
const spatialFormat = { plane: 1, mMode: 2, spectral: 3 } as const;
const dataType = { tissue: 1, colourFlow: 2, pulsedWave: 3, continuousWave: 4 } as const;

/** Image Type value 4: sums of flags (PS3.3 section C.8.5.6.1.1). */
const modeFlags: readonly (readonly [flag: number, because: Ineligibility])[] = [
  [0x0002, 'm-mode'],
  [0x0004, 'spectral-doppler'],
  [0x0008, 'spectral-doppler'],
  [0x0010, 'colour-doppler'],
  [0x0020, 'm-mode'],
  [0x0040, 'three-dimensional'],
  [0x0100, 'colour-doppler'],
];

const sideMin = 64;
/** A region counts where it covers this share of the image; smaller ones are insets such as a colour bar. */
const regionShareMin = 0.01;

/** What the header alone says. */
export function judgeHeader(facts: InstanceFacts, framesMin: number): Eligibility {
  const { image } = facts;
  if (!image) return ineligible('not-an-image');
  if (!ultrasoundClasses.has(facts.sopClass) && facts.modality !== 'US') return ineligible('not-ultrasound');
  if (facts.sopClass === volumeClass) return ineligible('three-dimensional');
  const byMode = image.regions.length > 0 ? judgeRegions(image) : judgeImageType(image);
  if (byMode) return ineligible(byMode);
  if (image.frames < 2) return ineligible('still');
  if (image.frames < framesMin) return ineligible('too-short');
  if (Math.min(image.rows, image.columns) < sideMin) return ineligible('too-small');
  const region = tissuePlanes(image).find(({ box }) => isWithin(box, image))?.box;
  return { kind: 'eligible', ...(region && { region }) };
}

/**
 * Share of the sector from which on patches of changing colour are flow. Scanners' B-mode files at hand have 0, tinted
 * ones too; their colour Doppler has 0.1 and more, phantoms with the little flow of a suprasternal view 0.01.
 */
const flowMin = 0.001;

/** Whether so much of a sector in changing colour is flow. */
export function isFlow(coloured: number): boolean {
  return coloured >= flowMin;
}

/** Grey levels between neighbouring frames below which nothing moves: noise of a lossy codec alone stays below. */
const motionMin = 0.15;

/** What the pixels add to a clip whose header had nothing against it. */
export function judgePixels(eligible: Extract<Eligibility, { kind: 'eligible' }>, pixels: PixelFacts): Eligibility {
  if (!pixels.sector) return ineligible('no-sector');
  // Flow comes and goes; its scale stays.
  if (isFlow(pixels.coloured) || pixels.colourBar) return ineligible('colour-doppler');
  if (pixels.motion < motionMin) return ineligible('frozen');
  return eligible;
}

/** A region that reaches beyond the image was calibrated before the image was scaled down, and marks nothing in it. */
function isWithin({ x0, y0, x1, y1 }: Box, { rows, columns }: ImageFacts): boolean {
  return x0 >= 0 && y0 >= 0 && x1 <= columns + 1 && y1 <= rows + 1;
}

function judgeRegions(image: ImageFacts): Ineligibility | undefined {
  const counted = image.regions.filter((region) => boxArea(region.box) >= regionShareMin * image.rows * image.columns);
  const has = (test: (region: UltrasoundRegion) => boolean): boolean => counted.some(test);
  if (has((region) => region.spatialFormat === spatialFormat.spectral)) return 'spectral-doppler';
  if (has((region) => region.dataType === dataType.pulsedWave || region.dataType === dataType.continuousWave))
    return 'spectral-doppler';
  if (has((region) => region.spatialFormat === spatialFormat.mMode)) return 'm-mode';
  if (has((region) => region.spatialFormat === spatialFormat.plane && region.dataType === dataType.colourFlow))
    return 'colour-doppler';
  const planes = tissuePlanes(image);
  if (planes.length === 0) return 'no-tissue-region';
  return planes.length > 1 ? 'several-planes' : undefined;
}

function tissuePlanes(image: ImageFacts): readonly UltrasoundRegion[] {
  return image.regions.filter(
    (region) =>
      region.spatialFormat === spatialFormat.plane &&
      region.dataType === dataType.tissue &&
      boxArea(region.box) >= regionShareMin * image.rows * image.columns,
  );
}

function judgeImageType({ imageType }: ImageFacts): Ineligibility | undefined {
  const flags = /^[0-9A-Fa-f]{4}$/.test(imageType[3] ?? '') ? Number.parseInt(imageType[3]!, 16) : 0;
  return modeFlags.find(([flag]) => (flags & flag) !== 0)?.[1];
}

function ineligible(because: Ineligibility): Eligibility {
  return { kind: 'ineligible', because };
}
