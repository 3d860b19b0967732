import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InferenceSession, Tensor, env, listSupportedBackends } from 'onnxruntime-node';
import { AgentError } from '#domain/errors';
import { answerCalls, type Answered } from '#src/threads/answering';
import { stepBack } from '#src/threads/step-back';
import { buffersOf, type Opened, type Question, type RuntimeTensor, type RuntimeTensors } from './runtime/protocol.ts';
import { whyNot } from './runtime/why-not.ts';

// The only place that knows ONNX Runtime. A run blocks its thread for as long as it takes, so it has a thread of its own.
// What goes wrong is thrown; its own lines on stderr would stand between ours.
env.logLevel = 'fatal';
// As the readers of clips do, so that neither is kept waiting by the other.
stepBack();
const sessions = new Map<number, InferenceSession>();

answerCalls(answer);

async function answer(question: Question): Promise<Answered> {
  switch (question.kind) {
    case 'try':
      return { value: await tryProvider(question.provider, question.model) };
    case 'open':
      return { value: await open(question) };
    case 'run': {
      const value = await run(sessions.get(question.session), question.inputs);
      return { value, transfer: buffersOf(value) };
    }
    case 'release':
      await sessions.get(question.session)?.release();
      sessions.delete(question.session);
      return { value: undefined };
  }
}

/** Runs the smallest graph on a provider: what loads may still not compute. The answer is the reason against it, if any. */
async function tryProvider(provider: string, model: Uint8Array): Promise<string | undefined> {
  // ONNX Runtime drops names it does not know with no more than a warning.
  if (!listSupportedBackends().some(({ name }) => name === provider)) return 'not in this build of ONNX Runtime';
  try {
    const session = await InferenceSession.create(model, { executionProviders: [provider], intraOpNumThreads: 1 });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) });
    await session.release();
    return String(y?.data) === '7,10,15,22' ? undefined : 'it computes wrongly';
  } catch (thrown) {
    return whyNot(provider, shortReason(thrown));
  }
}

// Threads that wait for work sleep: spinning they would take the processor from those that read the next frames.
const resting = { extra: { session: { intra_op: { allow_spinning: '0' } } } };

async function open({ provider, path, threads }: Question & { kind: 'open' }): Promise<Opened> {
  await stat(path).catch((cause: unknown) => {
    throw new AgentError('MODEL_UNFIT', `${basename(path)} is missing from the model's folder.`, { cause });
  });
  const options = { executionProviders: [provider], intraOpNumThreads: threads, interOpNumThreads: 1, ...resting };
  const session = await InferenceSession.create(path, options).catch((cause: unknown) => {
    throw faultOf(cause, `${basename(path)} cannot be opened`);
  });
  const handle = 1 + Math.max(0, ...sessions.keys());
  sessions.set(handle, session);
  return { session: handle, rowInputs: rowInputsOf(session) };
}

/** The inputs that may have any number of rows, where every output has as many. */
function rowInputsOf({ inputMetadata, outputMetadata }: InferenceSession): readonly string[] {
  const isOpen = (value: InferenceSession.ValueMetadata): boolean =>
    value.isTensor && typeof value.shape[0] === 'string';
  return outputMetadata.every(isOpen) ? inputMetadata.filter(isOpen).map(({ name }) => name) : [];
}

async function run(session: InferenceSession | undefined, inputs: RuntimeTensors): Promise<RuntimeTensors> {
  if (session === undefined) throw new AgentError('MODEL_UNAVAILABLE', 'The session is closed.');
  const feeds = Object.entries(inputs).map(([name, { data, dims }]) => {
    const tensor = data instanceof Float32Array ? new Tensor('float32', data, dims) : new Tensor('int64', data, dims);
    return [name, tensor] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds)).catch((cause: unknown) => {
    throw faultOf(cause, 'The graph cannot be run');
  });
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, plain(name, tensor)]));
}

function plain(name: string, { data, dims }: { data: unknown; dims: readonly number[] }): RuntimeTensor {
  if (!(data instanceof Float32Array || data instanceof BigInt64Array))
    throw new AgentError('MODEL_UNFIT', `Output ${name} is neither float32 nor int64.`);
  const isWhole = data.byteLength === data.buffer.byteLength;
  return { data: isWhole ? data : data.slice(), dims: [...dims] };
}

/** A device without memory may have some later; anything else is the graph's own fault. */
function faultOf(cause: unknown, what: string): AgentError {
  const reason = shortReason(cause);
  const isPassing = /alloc|out of memory|CUDA failure|device (?:was )?lost/i.test(reason);
  return new AgentError(isPassing ? 'MODEL_UNAVAILABLE' : 'MODEL_UNFIT', `${what}: ${reason}`, { cause });
}

/** What ONNX Runtime says, in short: without the places in its sources, and without folders. */
function shortReason(thrown: unknown): string {
  const line = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0] ?? '';
  return line
    .replace(/^.*\bwas false\. /, '')
    .replace(/^.*?\[ONNXRuntimeError\][^A-Z]*/, '')
    .replace(/^OrtSessionOptionsAppendExecutionProvider_\w+: /, '')
    .replaceAll(/(?:\/[\w.@-]+)*\/(?=[\w.@-]+)/g, '')
    .slice(0, 240);
}
