import { api } from 'dicomweb-client';
import { AgentError, type FaultCode } from '#domain/errors';
import type { DicomJson } from '#domain/instance';
import type { Send } from './service.ts';
import { XmlHttpRequest } from './xml-http-request.ts';

/** The searches of QIDO-RS that we use; each answers with data sets in the DICOM JSON model (PS3.18 section 10.6). */
export interface Query {
  studies(parameters: Parameters, signal: AbortSignal): Promise<readonly DicomJson[]>;
  series(study: string, parameters: Parameters, signal: AbortSignal): Promise<readonly DicomJson[]>;
  instances(place: SeriesPlace, parameters: Parameters, signal: AbortSignal): Promise<readonly DicomJson[]>;
}

export interface QueryFaults {
  readonly unreachable: FaultCode;
  readonly unusable: FaultCode;
}

export type Parameters = Readonly<Record<string, string | number>>;

export interface SeriesPlace {
  readonly study: string;
  readonly series: string;
}

/** Searches through dicomweb-client. Throws `unreachable` where a proxy says that nobody is behind it, `unusable` for an answer that is no list of data sets. */
export function createQuery(name: string, send: Send, { unreachable, unusable }: QueryFaults): Query {
  const fail = (sentence: string, cause?: unknown, code = unusable) =>
    new AgentError(code, `${name}: ${sentence}`, { cause });
  async function search(
    signal: AbortSignal,
    run: (client: InstanceType<typeof api.DICOMwebClient>, request: unknown) => unknown,
  ): Promise<readonly DicomJson[]> {
    const client = new api.DICOMwebClient({ url: XmlHttpRequest.service, verbose: false, singlepart: false });
    const instance = new XmlHttpRequest(send, { signal, bytesMax: answerBytesMax });
    const found = await Promise.resolve(run(client, { instance })).catch((thrown: unknown) => {
      signal.throwIfAborted();
      if (instance.failure instanceof AgentError) throw instance.failure;
      if (instance.failure) throw fail('a search was answered with what is not DICOM JSON.', instance.failure);
      const { status } = instance;
      throw fail(`a search was answered with status ${status}.`, thrown, isProxyAlone(status) ? unreachable : unusable);
    });
    if (!Array.isArray(found) || !found.every(isDataset))
      throw fail('a search was answered with what is no list of data sets.');
    return found;
  }
  return {
    studies: (queryParams, signal) =>
      search(signal, (client, request) => client.searchForStudies(options({ queryParams, request }))),
    series: (studyInstanceUID, queryParams, signal) =>
      search(signal, (client, request) => client.searchForSeries(options({ studyInstanceUID, queryParams, request }))),
    instances: ({ study, series }, queryParams, signal) =>
      search(signal, (client, request) =>
        client.searchForInstances(
          options({ studyInstanceUID: study, seriesInstanceUID: series, queryParams, request }),
        ),
      ),
  };
}

// A page of 1,000 studies with 2 kB each is 2 MB; who sends more than this means no good.
const answerBytesMax = 64 * 1024 * 1024;

/** Status of a gateway whose server does not answer (RFC 9110 section 15.6). */
export function isProxyAlone(status: number): boolean {
  return status >= 502 && status <= 504;
}

/** The library's declarations leave out `request`, which its code reads. */
function options<T extends object>(given: T): Omit<T, 'request'> {
  return given;
}

function isDataset(found: unknown): found is DicomJson {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}
