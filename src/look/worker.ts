import { parentPort, workerData } from 'node:worker_threads';
import { asAgentError } from '#domain/errors';
import { readHeader } from '#dicom/header';
import { stepBack } from '#src/background-thread';
import type { Answer, Question } from './protocol.ts';

if ((workerData as { isBackground: boolean }).isBackground) stepBack();

// One reader: it answers one question at a time and may be killed at any moment without harm. The decoders are loaded with
// the first question for pixels: reading headers alone, while objects come in, takes 40 MB less.
parentPort?.on('message', (question: Question) => {
  void answer(question).then(
    ({ value, transfer }) => parentPort?.postMessage({ value } satisfies Answer, transfer),
    (thrown: unknown) => {
      const { code, detail } = asAgentError(thrown);
      const missing = (thrown as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
      parentPort?.postMessage({
        fault: missing ? { code: 'FILE_MISSING', detail: '' } : { code, detail },
      } satisfies Answer);
    },
  );
});

async function answer(question: Question): Promise<{ value: unknown; transfer: ArrayBuffer[] }> {
  switch (question.kind) {
    case 'examine': {
      const { attributes, ...facts } = readHeader(question.path);
      return { value: { facts, attributes: attributes.disclose() }, transfer: [] };
    }
    case 'prepare': {
      const { prepareClip } = await import('./prepare.ts');
      const clip = await prepareClip(question.path, question.request);
      return { value: clip, transfer: [clip.pixels.buffer as ArrayBuffer] };
    }
    case 'frames': {
      const { decodeFrames } = await import('#dicom/pixels/decode');
      const { rows, columns, pixels } = await decodeFrames(question.path, question.frameIndices);
      const whole = pixels.map((frame) => (frame.byteLength === frame.buffer.byteLength ? frame : frame.slice()));
      return { value: { rows, columns, pixels: whole }, transfer: whole.map((frame) => frame.buffer as ArrayBuffer) };
    }
  }
}
