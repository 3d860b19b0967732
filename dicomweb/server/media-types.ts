import type { MediaType } from '#dicomweb/media-type';

/** Media types of encoded frames by transfer syntax (PS3.18 tables 8.7.3-2 and 8.7.3-5); what is not listed is native. */
const encapsulated: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.5': 'image/dicom-rle',
  '1.2.840.10008.1.2.4.50': 'image/jpeg',
  '1.2.840.10008.1.2.4.51': 'image/jpeg',
  '1.2.840.10008.1.2.4.57': 'image/jpeg',
  '1.2.840.10008.1.2.4.70': 'image/jpeg',
  '1.2.840.10008.1.2.4.80': 'image/jls',
  '1.2.840.10008.1.2.4.81': 'image/jls',
  '1.2.840.10008.1.2.4.90': 'image/jp2',
  '1.2.840.10008.1.2.4.91': 'image/jp2',
  '1.2.840.10008.1.2.4.92': 'image/jpx',
  '1.2.840.10008.1.2.4.93': 'image/jpx',
  '1.2.840.10008.1.2.4.110': 'image/jxl',
  '1.2.840.10008.1.2.4.111': 'image/jxl',
  '1.2.840.10008.1.2.4.112': 'image/jxl',
  '1.2.840.10008.1.2.4.201': 'image/jphc',
  '1.2.840.10008.1.2.4.202': 'image/jphc',
  '1.2.840.10008.1.2.4.203': 'image/jphc',
  '1.2.840.10008.1.2.4.100': 'video/mpeg',
  '1.2.840.10008.1.2.4.101': 'video/mpeg',
  '1.2.840.10008.1.2.4.102': 'video/mp4',
  '1.2.840.10008.1.2.4.103': 'video/mp4',
  '1.2.840.10008.1.2.4.104': 'video/mp4',
  '1.2.840.10008.1.2.4.105': 'video/mp4',
  '1.2.840.10008.1.2.4.106': 'video/mp4',
};

// Native frames go out in little endian; those of big endian and of a deflated data set do not lie in the file that way.
const native = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'];
const explicitLittleEndian = '1.2.840.10008.1.2.1';

export interface Encoding {
  readonly type: string;
  readonly transferSyntax: string;
}

/** How the frames of an object with this transfer syntax are given; undefined where they cannot be given as they are stored. */
export function frameEncoding(transferSyntax: string): Encoding | undefined {
  if (native.includes(transferSyntax))
    return { type: 'application/octet-stream', transferSyntax: explicitLittleEndian };
  const type = encapsulated[transferSyntax];
  return type ? { type, transferSyntax } : undefined;
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
