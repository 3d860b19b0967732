import { type Encoding as FrameEncoding, transferSyntaxOf } from '#dicom/transfer-syntaxes';
import type { MediaType } from '#dicomweb/media-type';

/** Media types of encoded frames (PS3.18 tables 8.7.3-2 and 8.7.3-5). A video has no frames that stand alone. */
const types: Readonly<Record<FrameEncoding, string | undefined>> = {
  native: 'application/octet-stream',
  rle: 'image/dicom-rle',
  jpeg: 'image/jpeg',
  'jpeg-ls': 'image/jls',
  'jpeg-2000': 'image/jp2',
  htj2k: 'image/jphc',
  'jpeg-xl': 'image/jxl',
  video: undefined,
  unknown: undefined,
};

const explicitLittleEndian = '1.2.840.10008.1.2.1';

export interface Encoding {
  readonly type: string;
  readonly transferSyntax: string;
}

/** How the frames of an object with this transfer syntax are given; undefined where they cannot be given as they are stored. */
export function frameEncoding(transferSyntax: string): Encoding | undefined {
  const { encoding } = transferSyntaxOf(transferSyntax);
  const type = types[encoding];
  if (type === undefined) return undefined;
  return { type, transferSyntax: encoding === 'native' ? explicitLittleEndian : transferSyntax };
}

/** How an answer is wrapped: as multipart/related, or alone. */
export type Wrapping = 'multipart' | 'single';

/**
 * Which wrapping a client accepts for content of this encoding; undefined for none. We never transcode: `transfer-syntax=*`
 * and a wildcard type take what is stored, and octet-stream with `*` too, as viewers ask for any stored frame that way.
 */
export function wrappingFor(accepts: readonly MediaType[], encoding: Encoding): Wrapping | undefined {
  for (const { type, parameters } of accepts) {
    if (type === '*/*' || type === 'multipart/*') return 'multipart';
    const isMultipart = type === 'multipart/related';
    const content = isMultipart ? (parameters.get('type') ?? encoding.type).toLowerCase() : type;
    if (isTaken(content, parameters.get('transfer-syntax'), encoding)) return isMultipart ? 'multipart' : 'single';
  }
  return undefined;
}

function isTaken(content: string, transferSyntax: string | undefined, encoding: Encoding): boolean {
  const isAnySyntax = transferSyntax === '*';
  const isType =
    content === encoding.type ||
    content === '*/*' ||
    (content.endsWith('/*') && encoding.type.startsWith(content.slice(0, -1))) ||
    (content === 'application/octet-stream' && isAnySyntax);
  return isType && (transferSyntax === undefined || isAnySyntax || transferSyntax === encoding.transferSyntax);
}
