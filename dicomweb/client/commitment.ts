import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '#domain/errors';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import { deriveUid } from '#domain/uid';
import { datasetIn, firstOf, itemsOf, readText } from './answer.ts';
import type { Send } from './service.ts';

/** What an archive says to one transaction (PS3.18 table 13.4.3-1). */
type Answer =
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly reason: number | undefined }
  | { readonly kind: 'working'; readonly retryMs: number }
  /** The transaction UID is in use: we asked before, perhaps before the process died. */
  | { readonly kind: 'used' }
  | { readonly kind: 'unknown' };

export interface CommitmentPatience {
  /** How long an answer is waited for in one attempt. */
  readonly commitmentMs: number;
}

/** Failure Reason: class not supported, class and instance do not agree (PS3.3 section C.14.1.1): asking again does not help. */
const lasting = new Set([0x0119, 0x0122]);
/** Of one instance, so many transactions ended in failure before we were asked to try again. */
const transactionsMax = 32;
const retryMs = { assumed: 1_000, max: 30_000 } as const;

interface Asked {
  readonly transaction: string;
  readonly facts: InstanceFacts;
  readonly signal: AbortSignal;
}

/**
 * Asks an archive to commit to an instance (Storage Commitment, PS3.18 section 13). The Transaction UID follows from
 * archive, instance and a count: after a restart the same question is asked, and the answer that was on its way is had.
 * Returns what went wrong where the archive says that it does not commit, and throws DESTINATION_BUSY while it says
 * nothing, DESTINATION_REFUSED where it offers no such service.
 */
export function createCommit(name: string, send: Send, { commitmentMs }: CommitmentPatience) {
  return async (facts: InstanceFacts, signal: AbortSignal): Promise<'committed' | AgentError> => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(commitmentMs)]);
    for (let count = 0; count < transactionsMax; count++) {
      const transaction = deriveUid('storage commitment', name, facts.sopInstance, String(count));
      const asked = { transaction, facts, signal };
      const first = await request(asked);
      const answer = await settled(first.kind === 'used' ? await check(asked) : first, asked, deadline);
      if (answer.kind === 'committed') return answer.kind;
      // A failure of before is answered: since then the instance was sent again.
      if (first.kind !== 'used') return failure(answer);
    }
    return failure({ kind: 'unknown' });
  };

  async function settled(answer: Answer, asked: Asked, deadline: AbortSignal): Promise<Answer> {
    if (answer.kind !== 'working') return answer;
    await sleep(answer.retryMs, undefined, { signal: deadline }).catch(() => undefined);
    asked.signal.throwIfAborted();
    if (deadline.aborted) throw busy('has not committed to the instance yet');
    return settled(await check(asked), asked, deadline);
  }

  function request(asked: Asked): Promise<Answer> {
    const { sopClass, sopInstance } = asked.facts;
    const reference = { '00081150': { vr: 'UI', Value: [sopClass] }, '00081155': { vr: 'UI', Value: [sopInstance] } };
    const body = Buffer.from(JSON.stringify([{ '00081199': { vr: 'SQ', Value: [reference] } }]));
    return ask('POST', asked, { headers: { Accept: json, 'Content-Type': json }, body: once(body) });
  }

  function check(asked: Asked): Promise<Answer> {
    return ask('GET', asked, { headers: { Accept: json } });
  }

  async function ask(
    method: 'GET' | 'POST',
    { transaction, facts, signal }: Asked,
    rest: { readonly headers: Readonly<Record<string, string>>; readonly body?: AsyncIterable<Uint8Array> },
  ): Promise<Answer> {
    const { status, headers, body } = await send({
      method,
      path: `/commitment-requests/${transaction}`,
      signal,
      ...rest,
    });
    const text = await readText(body);
    if (status === 200) return readAnswer(text, facts.sopInstance);
    if (status === 202) return { kind: 'working', retryMs: retryAfter(headers) };
    if (method === 'POST' && status === 409) return { kind: 'used' };
    if (method === 'GET' && [404, 410].includes(status)) return { kind: 'unknown' };
    if ([404, 405, 501].includes(status))
      throw new AgentError('DESTINATION_REFUSED', `${name} offers no storage commitment (status ${status}).`);
    throw busy(`does not take a request to commit (status ${status})`);
  }

  function failure(answer: Answer): AgentError {
    if (answer.kind !== 'failed') return busy('says nothing of the instance that it should commit to');
    const { reason } = answer;
    const said = reason === undefined ? 'without a reason' : `for reason ${hexadecimal(reason)}`;
    const sentence = `does not commit to the instance, ${said}`;
    if (reason === undefined || !lasting.has(reason)) return busy(sentence);
    return new AgentError('DESTINATION_REFUSED', `${name} ${sentence}.`);
  }

  function busy(sentence: string): AgentError {
    return new AgentError('DESTINATION_BUSY', `${name} ${sentence}.`);
  }
}

const json = 'application/dicom+json';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

/** The Storage Commitment Response Module (PS3.18 annex J.2), of the one instance that was asked about. */
function readAnswer(text: string, sopInstance: string): Answer {
  const dataset = datasetIn(text);
  const isOurs = (item: DicomJson) => firstOf(item, '00081155') === sopInstance;
  if (itemsOf(dataset, '00081199').some(isOurs)) return { kind: 'committed' };
  const failed = itemsOf(dataset, '00081198').find(isOurs);
  if (!failed) return { kind: 'unknown' };
  const reason = firstOf(failed, '00081197');
  return { kind: 'failed', reason: typeof reason === 'number' ? reason : undefined };
}

function retryAfter(headers: Headers): number {
  const seconds = headers.get('Retry-After');
  if (seconds === null || !/^\d+$/.test(seconds)) return retryMs.assumed;
  return Math.min(Number(seconds) * 1000, retryMs.max);
}

function hexadecimal(reason: number): string {
  return `${reason.toString(16).padStart(4, '0').toUpperCase()}H`;
}
