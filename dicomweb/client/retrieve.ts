import { AgentError } from '#domain/errors';
import { parseMediaType } from '#dicomweb/media-type';
import { readParts } from '#dicomweb/multipart';
import { isProxyAlone, type SeriesPlace } from './query.ts';
import type { Send, ServiceAnswer } from './service.ts';

export interface InstancePlace extends SeriesPlace {
  readonly sopInstance: string;
}

/** Retrieves one object as it is stored (WADO-RS, PS3.18 section 10.4), as a stream of its Part 10 file. */
export type Retrieve = (place: InstancePlace, signal: AbortSignal) => AsyncGenerator<Uint8Array, void, void>;

export function createRetrieve(name: string, send: Send): Retrieve {
  const unusable: Fail = (sentence) => new AgentError('ARCHIVE_ANSWER_UNUSABLE', `${name}: ${sentence}`);
  return async function* ({ study, series, sopInstance }, signal) {
    const path = `/studies/${study}/series/${series}/instances/${sopInstance}`;
    const headers = { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' };
    const answer = await send({ method: 'GET', path, headers, signal });
    try {
      if (isProxyAlone(answer.status))
        throw new AgentError('ARCHIVE_UNREACHABLE', `${name}: an instance was answered with status ${answer.status}.`);
      yield* fileIn(answer, unusable);
    } finally {
      await answer.cancel().catch(() => {}); // already read to its end, or broken: both are known by now
    }
  };
}

type Fail = (sentence: string) => AgentError;

async function* fileIn(
  { status, headers, body }: ServiceAnswer,
  unusable: Fail,
): AsyncGenerator<Uint8Array, void, void> {
  if (status !== 200) throw unusable(`an instance was answered with status ${status}.`);
  const type = parseMediaType(headers.get('Content-Type') ?? '');
  if (type?.type === 'application/dicom') return yield* body;
  if (type?.type !== 'multipart/related')
    throw unusable('an instance came as neither application/dicom nor multipart/related.');
  const boundary = type.parameters.get('boundary') ?? '';
  for await (const part of readParts(body, { boundary, headerBytesMax: 8192, fault: unusable }))
    return yield* part.body;
  throw unusable('an instance was answered with an empty multipart message.');
}
