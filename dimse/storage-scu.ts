import { open, type FileHandle } from 'node:fs/promises';
import { bufferSource } from '#dicom/byte-source';
import { locateDataSet } from '#dicom/part10';
import { AgentError } from '#domain/errors';
import type { ProposedContext } from './association-request.ts';
import { requestAssociation, type Peer, type RequestedAssociation } from './association-requestor.ts';
import { commandFields, echoRequest, storeRequest, type CommandSet } from './command-set.ts';
import { dataPdu, pdvOverhead, ProtocolViolation, writePdvHead } from './pdu.ts';
import { verification } from './sop-classes.ts';

/** A Part 10 file to be sent; its transfer syntax is proposed as it is, since nothing is ever re-encoded. */
export interface FileToSend {
  readonly path: string;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly transferSyntax: string;
}

/** What became of one file: the status of the response, or 0x0122 where the peer took neither class nor syntax. */
export interface Sent {
  readonly sopInstance: string;
  readonly status: number;
  readonly comment?: string;
}

export interface SendOptions {
  readonly files: readonly FileToSend[];
  readonly to: Peer;
  readonly callingAeTitle: string;
  /** Longest silence of the peer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** All of the file went out: from now on the peer may have it. */
  readonly onWritten?: (index: number) => void;
  /** The association stays open, and the next file waits, until it has heard. */
  readonly onSent?: (index: number, status: number) => unknown;
}

/** Refused: SOP class not supported (PS3.4 table B.2-1). */
const notAccepted = 0x0122;

/** There are 128 odd numbers up to 255 (PS3.8 section 9.3.2.2). */
const contextsMax = 128;

/**
 * Sends files, the data set of each byte for byte as it is in the file. Where the transport fails it throws, since then
 * nobody knows of the file under way; `onSent` has told of those before.
 */
export async function sendInstances(options: SendOptions): Promise<readonly Sent[]> {
  const results: Sent[] = [];
  for (const batch of batches(options.files)) {
    const contexts = proposals(batch);
    const association = await requestAssociation({ ...options, contexts: [...contexts.values()] });
    try {
      for (const file of batch) {
        const index = results.length;
        const sent = await send(association, file, {
          contextId: contexts.get(pairOf(file))!.id,
          messageId: (index % 0xffff) + 1,
          written: () => options.onWritten?.(index),
        });
        results.push(sent);
        await options.onSent?.(index, sent.status);
      }
    } catch (thrown) {
      association.abort();
      throw asFault(thrown, options.to);
    }
    await association.release();
  }
  return results;
}

/** C-ECHO (PS3.4 annex A): resolves where the peer answers with success. */
export async function echo(options: Omit<SendOptions, 'files' | 'onSent'>): Promise<void> {
  const contexts = [{ id: 1, abstractSyntax: verification.uid, transferSyntaxes: [implicitLittleEndian] }];
  const association = await requestAssociation({ ...options, contexts });
  try {
    if (!association.accepted.has(1)) throw new ProtocolViolation('Verification was not accepted.');
    await association.write(dataPdu({ contextId: 1, isCommand: true, isLast: true, value: echoRequest(1) }));
    const status = statusOf(await association.response(), commandFields.echoResponse, 1);
    if (status !== 0) throw new ProtocolViolation(`C-ECHO was answered with ${hex(status)}.`);
  } catch (thrown) {
    association.abort();
    throw asFault(thrown, options.to);
  }
  await association.release();
}

const implicitLittleEndian = '1.2.840.10008.1.2';

/** Files in order, cut where one more pair of class and syntax would need one context too many. */
function batches(files: readonly FileToSend[]): readonly (readonly FileToSend[])[] {
  const batches: FileToSend[][] = [];
  let pairs = new Set<string>();
  for (const file of files) {
    const isFull = pairs.size === contextsMax && !pairs.has(pairOf(file));
    if (isFull || batches.length === 0) {
      batches.push([]);
      pairs = new Set();
    }
    pairs.add(pairOf(file));
    batches.at(-1)!.push(file);
  }
  return batches;
}

function pairOf({ sopClass, transferSyntax }: FileToSend): string {
  return `${sopClass} ${transferSyntax}`;
}

/** A context with one transfer syntax for each pair: the peer can only take the bytes as they are, or not. */
function proposals(batch: readonly FileToSend[]): ReadonlyMap<string, ProposedContext> {
  const contexts = new Map<string, ProposedContext>();
  for (const file of batch) {
    const pair = pairOf(file);
    if (contexts.has(pair)) continue;
    const { sopClass, transferSyntax } = file;
    contexts.set(pair, { id: 2 * contexts.size + 1, abstractSyntax: sopClass, transferSyntaxes: [transferSyntax] });
  }
  return contexts;
}

async function send(
  association: RequestedAssociation,
  file: FileToSend,
  { contextId, messageId, written }: { contextId: number; messageId: number; written: () => void },
): Promise<Sent> {
  const { sopInstance, sopClass } = file;
  if (!association.accepted.has(contextId)) {
    return { sopInstance, status: notAccepted, comment: 'The presentation context was not accepted.' };
  }
  const value = storeRequest(messageId, sopClass, sopInstance);
  await using source = await openFile(file);
  const { offset, size } = await dataSetOf(source.handle, file);
  await association.write(dataPdu({ contextId, isCommand: true, isLast: true, value }));
  await sendDataSet(association, source.handle, { contextId, offset, size });
  written();
  const response = await association.response();
  const status = statusOf(response, commandFields.storeResponse, messageId);
  return { sopInstance, status, ...(response.errorComment && { comment: response.errorComment }) };
}

async function openFile({ path, sopInstance }: FileToSend) {
  const handle = await open(path).catch((cause: unknown) => {
    throw new AgentError('FILE_MISSING', sopInstance, { cause });
  });
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}

/** Meta information is some hundred bytes long; what is longer is not read. */
const metaBytesMax = 1 << 16;

async function dataSetOf(handle: FileHandle, { sopInstance, transferSyntax }: FileToSend) {
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(metaBytesMax, size)), 0, undefined, 0);
  const { offset, syntax } = locateDataSet(bufferSource(buffer.subarray(0, bytesRead)));
  if (syntax.uid !== transferSyntax) {
    throw new AgentError('OBJECT_MISMATCHED', `${sopInstance} is in another transfer syntax than announced.`);
  }
  return { offset, size };
}

async function sendDataSet(
  association: RequestedAssociation,
  handle: FileHandle,
  { contextId, offset, size }: { contextId: number; offset: number; size: number },
): Promise<void> {
  const valueMax = (association.pduLengthMax - 6) & ~1;
  if (valueMax <= 0) throw new ProtocolViolation('The peer takes no PDU of any use.');
  const unit = Buffer.allocUnsafe(pdvOverhead + valueMax);
  const end = size + ((size - offset) % 2); // fragments are even; a deflated data set may need a NUL for it (PS3.5 section A.5)
  for (let at = offset; at < end;) {
    const length = Math.min(valueMax, end - at);
    const value = unit.subarray(pdvOverhead, pdvOverhead + length);
    value[length - 1] = 0;
    await readFully(handle, value.subarray(0, Math.min(length, size - at)), at);
    at += length;
    writePdvHead(unit, { contextId, isCommand: false, isLast: at >= end }, length);
    await association.write(unit.subarray(0, pdvOverhead + length)); // then `unit` is free again
  }
}

async function readFully(handle: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new AgentError('FILE_MISSING', 'A file became shorter while it was sent.');
    done += bytesRead;
  }
}

function statusOf(response: CommandSet, commandField: number, messageId: number): number {
  const { status } = response;
  const isOurs = response.commandField === commandField && response.messageIdRespondedTo === messageId;
  if (!isOurs || status === undefined) throw new ProtocolViolation('The response is not to our request.');
  return status;
}

function asFault(thrown: unknown, { aeTitle }: Peer): unknown {
  if (!(thrown instanceof ProtocolViolation)) return thrown;
  return new AgentError('DESTINATION_UNREACHABLE', `${aeTitle}: ${thrown.message}`, { cause: thrown });
}

function hex(status: number): string {
  return `0x${status.toString(16).padStart(4, '0')}`;
}
