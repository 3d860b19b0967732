import { workerData } from 'node:worker_threads';
import { withFile } from '#dicom/byte-source';
import { createFrameReader } from '#dicom/frame-index';
import { readHeader } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import { bulkValue } from '#dicom/values';
import { answerQuestions, ownBuffers, type Answered } from '#src/threads/answering';
import { stepBack } from '#src/threads/step-back';
import type { Question } from './protocol.ts';

// One reader. The decoders are loaded with the first question for pixels: reading headers alone, while objects come in,
// takes 40 MB less.
if ((workerData as { isBackground: boolean }).isBackground) stepBack();
const readEncodedFrames = createFrameReader();
answerQuestions(answer);

async function answer(question: Question): Promise<Answered> {
  switch (question.kind) {
    case 'examine': {
      const { attributes, ...facts } = readHeader(question.path);
      return { value: { facts, attributes: attributes.disclose() } };
    }
    case 'prepare': {
      const { prepareClip } = await import('./prepare.ts');
      const clip = await prepareClip(question.path, question.request);
      tidySoon();
      return { value: clip, transfer: ownBuffers([clip.pixels]) };
    }
    case 'frames': {
      const { decodeFrames } = await import('#dicom/pixels/decode');
      const { rows, columns, pixels } = await decodeFrames(question.path, question.frameIndices);
      tidySoon();
      const whole = pixels.map((frame) => (frame.byteLength === frame.buffer.byteLength ? frame : frame.slice()));
      return { value: { rows, columns, pixels: whole }, transfer: ownBuffers(whole) };
    }
    case 'encoded-frames': {
      const { image, frames } = readEncodedFrames(question.path, question.frameIndices);
      return { value: { count: image.frames, frames }, transfer: ownBuffers(frames) };
    }
    case 'bulk-value':
      return { value: withFile(question.path, (source) => bulkValue(readPart10(source), question.tag)) };
  }
}

/** A clip's frames are tens of megabytes, which would lie about until the small heap beside them is full: 30 MB for two readers. */
function tidySoon(): void {
  setImmediate(() => globalThis.gc?.());
}
