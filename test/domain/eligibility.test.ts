import { expect, test } from '@jest/globals';
import type { Eligibility, PixelFacts } from '#domain/clip';
import { judgeHeader, judgePixels } from '#domain/eligibility';
import type { ImageFacts, InstanceFacts, UltrasoundRegion } from '#domain/instance';
import { anInstance } from '#test/support/instances';

const multiframe = '1.2.840.10008.5.1.4.1.1.3.1';
const box = { x0: 100, y0: 50, x1: 700, y1: 550 };

/** A calibrated region of tissue in one plane (PS3.3 section C.8.5.5), unless something else is wanted. */
function region(wanted: Partial<UltrasoundRegion> = {}): UltrasoundRegion {
  const units = { unitsX: 3, unitsY: 3, deltaX: 0.05, deltaY: 0.05 };
  return { box, spatialFormat: 1, dataType: 1, flags: 0, ...units, ...wanted };
}

const image: ImageFacts = {
  rows: 600,
  columns: 800,
  frames: 60,
  samplesPerPixel: 3,
  bitsAllocated: 8,
  bitsStored: 8,
  photometricInterpretation: 'YBR_FULL_422',
  planarConfiguration: 0,
  imageType: ['ORIGINAL', 'PRIMARY', '', '0001'],
  colourDataPresent: false,
  regions: [],
  frameTimesMs: [20],
};

function facts(wanted: Partial<ImageFacts> = {}, more: Partial<Record<keyof InstanceFacts, unknown>> = {}) {
  return {
    ...anInstance('clip').facts,
    sopClass: multiframe,
    image: { ...image, ...wanted },
    ...more,
  } as InstanceFacts;
}

const ineligible = (because: string) => ({ kind: 'ineligible', because });
const eligible: Eligibility = { kind: 'eligible' };
const type = (flags: string) => ({ imageType: ['ORIGINAL', 'PRIMARY', 'CARDIAC', flags] });
const regions = (...wanted: Partial<UltrasoundRegion>[]) => ({ regions: wanted.map(region) });
const inset = { x0: 0, y0: 0, x1: 40, y1: 100 };
const right = { x0: 400, y0: 50, x1: 790, y1: 550 };

test.each<[string, InstanceFacts, unknown]>([
  ['a B-mode cine whose header says nothing of regions', facts(), eligible],
  ['a B-mode cine without flags in Image Type', facts({ imageType: ['ORIGINAL', 'PRIMARY'] }), eligible],
  ['Image Type with something else in the place of flags', facts(type('TTE10')), eligible],
  ['one tissue region', facts(regions({})), { ...eligible, region: box }],
  [
    'a tissue region that speaks against Image Type',
    facts({ ...regions({}), ...type('0010') }),
    { ...eligible, region: box },
  ],
  [
    'a tissue region and a small colour bar',
    facts(regions({ box: inset, dataType: 2 }, {})),
    { ...eligible, region: box },
  ],
  [
    'a tissue region and a trace of the ECG',
    facts(regions({}, { spatialFormat: 5, dataType: 10 })),
    { ...eligible, region: box },
  ],
  ['a region that was calibrated on a larger image', facts(regions({ box: { ...box, x1: 900 } })), eligible],
  ['the retired multi-frame class', facts({}, { sopClass: '1.2.840.10008.5.1.4.1.1.3', modality: 'OT' }), eligible],
  ['modality US of another class', facts({}, { sopClass: '1.2.840.10008.5.1.4.1.1.7.4' }), eligible],
  ['exactly as many frames as needed', facts({ frames: 16 }), eligible],
  ['a report', facts({}, { image: undefined }), ineligible('not-an-image')],
  ['a CT', facts({}, { sopClass: '1.2.840.10008.5.1.4.1.1.2', modality: 'CT' }), ineligible('not-ultrasound')],
  ['an enhanced volume', facts({}, { sopClass: '1.2.840.10008.5.1.4.1.1.6.2' }), ineligible('three-dimensional')],
  ['a single frame', facts({ frames: 1 }), ineligible('still')],
  ['a frame too few', facts({ frames: 15 }), ineligible('too-short')],
  ['an icon', facts({ rows: 63 }), ineligible('too-small')],
  ['Image Type: M-mode', facts(type('0002')), ineligible('m-mode')],
  ['Image Type: B-mode and continuous wave', facts(type('0005')), ineligible('spectral-doppler')],
  ['Image Type: pulsed wave', facts(type('0009')), ineligible('spectral-doppler')],
  ['Image Type: B-mode with colour', facts(type('0011')), ineligible('colour-doppler')],
  ['Image Type: colour M-mode', facts(type('0020')), ineligible('m-mode')],
  ['Image Type: three dimensions', facts(type('0041')), ineligible('three-dimensional')],
  ['Image Type: power Doppler', facts(type('0100')), ineligible('colour-doppler')],
  ['colour flow over tissue', facts(regions({}, { dataType: 2 })), ineligible('colour-doppler')],
  ['a spectrum below the plane', facts(regions({}, { spatialFormat: 3, dataType: 3 })), ineligible('spectral-doppler')],
  [
    'continuous wave with an unnamed format',
    facts(regions({}, { spatialFormat: 0, dataType: 4 })),
    ineligible('spectral-doppler'),
  ],
  ['an M-mode below the plane', facts(regions({}, { spatialFormat: 2 })), ineligible('m-mode')],
  ['two planes side by side', facts(regions({}, { box: right })), ineligible('several-planes')],
  ['a graphics region alone', facts(regions({ spatialFormat: 4, dataType: 18 })), ineligible('no-tissue-region')],
  ['a tissue region as small as an inset', facts(regions({ box: inset })), ineligible('no-tissue-region')],
])('by its header: %s', (_, given, expected) => {
  expect(judgeHeader(given, 16)).toEqual(expected);
});

const sector = [
  { x: 400, y: 50 },
  { x: 700, y: 500 },
  { x: 100, y: 500 },
];

test.each<[string, PixelFacts, unknown]>([
  ['a grey sector in motion', { sector, coloured: 0, motion: 4 }, eligible],
  ['specks that change colour', { sector, coloured: 0.0005, motion: 4 }, eligible],
  ['hardly any flow', { sector, coloured: 0.002, motion: 4 }, ineligible('colour-doppler')],
  ['flow', { sector, coloured: 0.05, motion: 4 }, ineligible('colour-doppler')],
  [
    'a scale of velocities without any flow',
    { sector, coloured: 0, colourBar: true, motion: 4 },
    ineligible('colour-doppler'),
  ],
  ['nothing that looks like a sector', { coloured: 0, motion: 4 }, ineligible('no-sector')],
  ['a still picture, repeated', { sector, coloured: 0, motion: 0.1 }, ineligible('frozen')],
])('by its pixels: %s', (_, given, expected) => {
  expect(judgePixels({ kind: 'eligible' }, given)).toEqual(expected);
});

test('the region that the header calibrates is kept when the pixels agree', () => {
  const byHeader = { kind: 'eligible', region: box } as const;
  expect(judgePixels(byHeader, { sector, coloured: 0, motion: 4 })).toEqual(byHeader);
});
