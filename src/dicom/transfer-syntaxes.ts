/** How the frames of a transfer syntax are encoded; `video` and `unknown` have no decoder here. */
export type Encoding = 'native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'jpeg-xl' | 'video' | 'unknown';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly isImplicit?: boolean;
  readonly isBigEndian?: boolean;
  readonly isDeflated?: boolean;
}

const uidRoot = '1.2.840.10008.1.2';

/** Every transfer syntax that ultrasound uses (PS3.5 section 10, PS3.6 table A-1). */
export const transferSyntaxes: readonly TransferSyntax[] = [
  { uid: uidRoot, name: 'Implicit VR Little Endian', encoding: 'native', isImplicit: true },
  { uid: `${uidRoot}.1`, name: 'Explicit VR Little Endian', encoding: 'native' },
  { uid: `${uidRoot}.1.99`, name: 'Deflated Explicit VR Little Endian', encoding: 'native', isDeflated: true },
  { uid: `${uidRoot}.2`, name: 'Explicit VR Big Endian', encoding: 'native', isBigEndian: true },
  { uid: `${uidRoot}.5`, name: 'RLE Lossless', encoding: 'rle' },
  { uid: `${uidRoot}.4.50`, name: 'JPEG Baseline', encoding: 'jpeg' },
  { uid: `${uidRoot}.4.51`, name: 'JPEG Extended', encoding: 'jpeg' },
  { uid: `${uidRoot}.4.57`, name: 'JPEG Lossless', encoding: 'jpeg' },
  { uid: `${uidRoot}.4.70`, name: 'JPEG Lossless SV1', encoding: 'jpeg' },
  { uid: `${uidRoot}.4.80`, name: 'JPEG-LS Lossless', encoding: 'jpeg-ls' },
  { uid: `${uidRoot}.4.81`, name: 'JPEG-LS Near-lossless', encoding: 'jpeg-ls' },
  { uid: `${uidRoot}.4.90`, name: 'JPEG 2000 Lossless', encoding: 'jpeg-2000' },
  { uid: `${uidRoot}.4.91`, name: 'JPEG 2000', encoding: 'jpeg-2000' },
  { uid: `${uidRoot}.4.201`, name: 'High-Throughput JPEG 2000 Lossless', encoding: 'htj2k' },
  { uid: `${uidRoot}.4.202`, name: 'High-Throughput JPEG 2000 RPCL Lossless', encoding: 'htj2k' },
  { uid: `${uidRoot}.4.203`, name: 'High-Throughput JPEG 2000', encoding: 'htj2k' },
  { uid: `${uidRoot}.4.110`, name: 'JPEG XL Lossless', encoding: 'jpeg-xl' },
  { uid: `${uidRoot}.4.111`, name: 'JPEG XL JPEG Recompression', encoding: 'jpeg-xl' },
  { uid: `${uidRoot}.4.112`, name: 'JPEG XL', encoding: 'jpeg-xl' },
  { uid: `${uidRoot}.4.100`, name: 'MPEG2 Main Profile / Main Level', encoding: 'video' },
  { uid: `${uidRoot}.4.101`, name: 'MPEG2 Main Profile / High Level', encoding: 'video' },
  { uid: `${uidRoot}.4.102`, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.1', encoding: 'video' },
  { uid: `${uidRoot}.4.103`, name: 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', encoding: 'video' },
  { uid: `${uidRoot}.4.104`, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D Video', encoding: 'video' },
  { uid: `${uidRoot}.4.105`, name: 'MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D Video', encoding: 'video' },
  { uid: `${uidRoot}.4.106`, name: 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', encoding: 'video' },
  { uid: `${uidRoot}.4.107`, name: 'HEVC/H.265 Main Profile / Level 5.1', encoding: 'video' },
  { uid: `${uidRoot}.4.108`, name: 'HEVC/H.265 Main 10 Profile / Level 5.1', encoding: 'video' },
];

const byUid = new Map(transferSyntaxes.map((syntax) => [syntax.uid, syntax]));

/** The syntax with this UID; an unknown one is taken as encapsulated, explicit, little endian (PS3.5 annex A.4), without a decoder. */
export function transferSyntaxOf(uid: string): TransferSyntax {
  return byUid.get(uid) ?? { uid, name: uid, encoding: 'unknown' };
}

export function isEncapsulated({ encoding }: TransferSyntax): boolean {
  return encoding !== 'native';
}
