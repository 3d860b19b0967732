import type { Context } from 'koa';
import { AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Receive } from '#src/ports';
import { parseMediaType } from '#dicomweb/media-type';
import { type Part, readParts } from '#dicomweb/multipart';
import { takeIn } from '#dicomweb/take-in';
import { type FileMeta, fileMetaBytes, peekFileMeta } from './file-meta.ts';
import { type Patience, patiently } from './patience.ts';
import { requireJson } from './respond.ts';
import { storeResponse, storeStatus, type StoreOutcome } from './store-response.ts';
import type { Urls } from './urls.ts';

interface StoreDoors {
  readonly receive: Receive;
  readonly publish: Publish;
  readonly urls: Urls;
  readonly partsMax: number;
  readonly patience: Patience;
}

/** Takes the objects of a STOW-RS request, one part at a time, and answers for each (PS3.18 section 10.5). */
export async function store(context: Context, study: string | undefined, doors: StoreDoors): Promise<void> {
  requireJson(context);
  const boundary = requireBoundary(context);
  const outcomes = await storeParts(context, { boundary, study }, doors).catch((thrown: unknown) => {
    context.set('Connection', 'close'); // what is left of the request is not read
    throw thrown;
  });
  if (outcomes.length === 0) throw invalid('The request holds no object.');
  context.status = storeStatus(outcomes);
  if (context.status === 503) context.set('Retry-After', '30');
  context.body = JSON.stringify(storeResponse(outcomes, doors.urls));
  context.type = 'application/dicom+json';
}

async function storeParts(
  context: Context,
  { boundary, study }: { readonly boundary: string; readonly study: string | undefined },
  doors: StoreDoors,
): Promise<readonly StoreOutcome[]> {
  const outcomes: StoreOutcome[] = [];
  // The request must outlive this loop, since its connection carries the answer.
  const source = patiently(context.req.iterator({ destroyOnReturn: false }), doors.patience);
  for await (const part of readParts(source, { boundary, headerBytesMax: 8192, fault: invalid })) {
    if (outcomes.length >= doors.partsMax) throw invalid(`A request holds at most ${doors.partsMax} objects.`);
    outcomes.push(await storePart(part, { address: context.ip, study }, doors));
  }
  return outcomes;
}

function requireBoundary(context: Context): string {
  const given = parseMediaType(context.get('Content-Type'));
  const content = given?.parameters.get('type')?.toLowerCase();
  if (given?.type !== 'multipart/related' || content !== 'application/dicom')
    throw new AgentError('REQUEST_UNSUPPORTED', 'Send multipart/related; type="application/dicom".');
  return given.parameters.get('boundary') ?? '';
}

function invalid(sentence: string): AgentError {
  return new AgentError('REQUEST_INVALID', sentence);
}

/** One object failing stops no other; only a request that breaks off ends them all. */
async function storePart(
  part: Part,
  { address, study }: { readonly address: string; readonly study: string | undefined },
  { receive, publish }: StoreDoors,
): Promise<StoreOutcome> {
  const watch = watchStart(part.body);
  try {
    requireDicom(part);
    const reception = await receive({ kind: 'stow-rs', address });
    const { facts } = await takeIn(reception, watch.body, study === undefined ? {} : { study });
    return { kind: 'stored', facts };
  } catch (thrown) {
    if (watch.brokeOff()) throw thrown instanceof AgentError ? thrown : invalid('The sender broke off.');
    const error = asAgentError(thrown);
    if (error.code === 'UNEXPECTED') publish({ kind: 'unexpected', where: 'stow-rs', error: error.detail });
    return { kind: 'failed', error, announced: watch.announced() };
  }
}

function requireDicom({ headers }: Part): void {
  const type = parseMediaType(headers.get('content-type') ?? 'application/dicom')?.type;
  if (type !== 'application/dicom') throw new AgentError('REQUEST_UNSUPPORTED', 'A part is not application/dicom.');
}

/** Lets a body through, and keeps its first bytes for the answer. */
function watchStart(body: AsyncIterable<Uint8Array>): {
  readonly body: AsyncIterable<Uint8Array>;
  readonly announced: () => FileMeta;
  readonly brokeOff: () => boolean;
} {
  let start = Buffer.alloc(0);
  let isBroken = false;
  async function* watched() {
    try {
      for await (const chunk of body) {
        if (start.length < fileMetaBytes) start = Buffer.concat([start, chunk.subarray(0, fileMetaBytes)]);
        yield chunk;
      }
    } catch (thrown) {
      isBroken = true;
      throw thrown;
    }
  }
  return { body: watched(), announced: () => peekFileMeta(start), brokeOff: () => isBroken };
}
