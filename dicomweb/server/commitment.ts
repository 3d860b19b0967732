import type { Context } from 'koa';
import { AgentError } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import { parseUid } from '#domain/uid';
import { parseMediaType } from '#dicomweb/media-type';
import { type Patience, patiently } from './patience.ts';
import { requireJson, sendJson } from './respond.ts';

interface Reference {
  readonly sopClass: string;
  readonly sopInstance: string;
}

/** Which of the instances that somebody asks about we vouch for. */
export type Vouch = (instances: readonly Reference[]) => Promise<{
  readonly committed: readonly Reference[];
  readonly failed: readonly (Reference & { readonly reason: number })[];
}>;

/** A request about ten thousand instances has two megabytes. */
const requestBytesMax = 1 << 22;

/**
 * Storage Commitment (PS3.18 section 13.4): answered at once and about what is true now, so that nothing is remembered of a
 * transaction, and there is no result to check later.
 */
export async function commit(
  context: Context,
  { vouch, patience }: { readonly vouch: Vouch; readonly patience: Patience },
): Promise<void> {
  requireJson(context);
  if (!parseUid(String(context['params']['transaction']))) throw invalid('The address holds no transaction UID.');
  const type = parseMediaType(context.get('Content-Type'))?.type ?? '';
  if (!['application/dicom+json', 'application/json'].includes(type))
    throw new AgentError('REQUEST_UNSUPPORTED', 'Send application/dicom+json.');
  const { committed, failed } = await vouch(referencesIn(await bodyOf(context, patience)));
  sendJson(context, {
    ...sequence('00081199', committed.map(item)),
    ...sequence(
      '00081198',
      failed.map(({ reason, ...reference }) => ({ ...item(reference), '00081197': { vr: 'US', Value: [reason] } })),
    ),
  });
}

async function bodyOf(context: Context, patience: Patience): Promise<DicomJson> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of patiently(context.req.iterator({ destroyOnReturn: false }), patience)) {
    bytes += chunk.length;
    if (bytes > requestBytesMax) {
      context.set('Connection', 'close'); // what is left of the request is not read
      throw new AgentError('OBJECT_TOO_LARGE', 'The request to commit is too long.');
    }
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const [dataset]: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (typeof dataset === 'object' && dataset !== null) return dataset as DicomJson;
  } catch {
    // said below
  }
  throw invalid('The request is no data set in the DICOM JSON model.');
}

/** Referenced SOP Sequence of the Storage Commitment Request Module (PS3.18 annex J.1). */
function referencesIn(dataset: DicomJson): readonly Reference[] {
  const items = (dataset['00081199']?.Value ?? []) as readonly DicomJson[];
  const whole = items.flatMap((each): readonly Reference[] => {
    const [sopClass, sopInstance] = ['00081150', '00081155'].map((tag) => parseUid(String(each?.[tag]?.Value?.[0])));
    return sopClass && sopInstance ? [{ sopClass, sopInstance }] : [];
  });
  if (whole.length === 0 || whole.length < items.length)
    throw invalid('The request names no instances, or some of them without class or UID.');
  return whole;
}

function item({ sopClass, sopInstance }: Reference): DicomJson {
  return { '00081150': { vr: 'UI', Value: [sopClass] }, '00081155': { vr: 'UI', Value: [sopInstance] } };
}

function sequence(tag: string, items: readonly DicomJson[]): DicomJson {
  return items.length > 0 ? { [tag]: { vr: 'SQ', Value: items } } : {};
}

function invalid(sentence: string): AgentError {
  return new AgentError('REQUEST_INVALID', sentence);
}
