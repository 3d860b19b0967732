/** How samples stand for colours, and in which order they are stored. */
export const photometrics = [
  'rgb',
  'rgb-planar',
  'ybr-full',
  'ybr-full-422',
  'palette-color',
  'monochrome2',
  'ybr-rct',
  'ybr-ict',
] as const;
export type Photometric = (typeof photometrics)[number];

/** Who makes the bytes of a frame. */
export type FrameCodec = 'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

interface Syntax {
  readonly uid: string;
  readonly codec: FrameCodec;
  readonly isLossy?: boolean;
  readonly isImplicit?: boolean;
  readonly isBigEndian?: boolean;
  readonly isDeflated?: boolean;
  /** What may stand in it, the usual one first. */
  readonly photometrics: readonly [Photometric, ...Photometric[]];
}

const root = '1.2.840.10008.1.2';
const uncompressed = ['rgb', 'rgb-planar', 'ybr-full', 'ybr-full-422', 'palette-color', 'monochrome2'] as const;
const lossless = ['rgb', 'ybr-full', 'palette-color', 'monochrome2'] as const;

const table = {
  'implicit-little-endian': { uid: root, codec: 'native', isImplicit: true, photometrics: uncompressed },
  'explicit-little-endian': { uid: `${root}.1`, codec: 'native', photometrics: uncompressed },
  deflated: { uid: `${root}.1.99`, codec: 'native', isDeflated: true, photometrics: uncompressed },
  'explicit-big-endian': { uid: `${root}.2`, codec: 'native', isBigEndian: true, photometrics: uncompressed },
  rle: { uid: `${root}.5`, codec: 'rle', photometrics: lossless },
  'jpeg-baseline': {
    uid: `${root}.4.50`,
    codec: 'jpeg',
    isLossy: true,
    photometrics: ['ybr-full-422', 'ybr-full', 'monochrome2'],
  },
  'jpeg-lossless': {
    uid: `${root}.4.70`,
    codec: 'jpeg-lossless',
    photometrics: ['rgb', 'palette-color', 'monochrome2'],
  },
  'jpeg-ls': { uid: `${root}.4.80`, codec: 'jpeg-ls', photometrics: lossless },
  'jpeg-2000-lossless': { uid: `${root}.4.90`, codec: 'jpeg-2000', photometrics: ['ybr-rct', 'monochrome2'] },
  'jpeg-2000': { uid: `${root}.4.91`, codec: 'jpeg-2000', isLossy: true, photometrics: ['ybr-ict', 'monochrome2'] },
  'htj2k-lossless': { uid: `${root}.4.201`, codec: 'htj2k', photometrics: ['ybr-rct', 'monochrome2'] },
} as const satisfies Record<string, Syntax>;

/** Names of the transfer syntaxes that a phantom can be stored in. */
export type PhantomTransferSyntax = keyof typeof table;
export const phantomTransferSyntaxes: Readonly<Record<PhantomTransferSyntax, Syntax>> = table;
