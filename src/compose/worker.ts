import { answerQuestions, ownBuffers, type Answered } from '#src/threads/answering';
import { stepBack } from '#src/threads/step-back';
import { createComposer } from './composer.ts';
import { identified, type Question } from './protocol.ts';

// One composer: drawing, printing and encoding take a second or more of a study, and the event loop has none to spare.
stepBack();
answerQuestions(compose);

async function compose({ settings, composition }: Question): Promise<Answered> {
  const documents = await createComposer(settings).compose(identified(composition));
  return { value: documents, transfer: ownBuffers(documents.map(({ bytes }) => bytes)) };
}
