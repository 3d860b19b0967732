import { afterEach, expect, test } from '@jest/globals';
import { openStory, send, study } from './fakes.ts';

let story: Awaited<ReturnType<typeof openStory>>;
afterEach(() => story.close());

test('a study that becomes too large takes no more, and others do', async () => {
  story = await openStory({ limits: { studyBytesMax: 30, queueMax: 1000 } });
  await send(story.receive, { name: 'a' });
  await send(story.receive, { name: 'b' });
  await expect(send(story.receive, { name: 'c' })).rejects.toMatchObject({ code: 'STUDY_TOO_LARGE' });
  expect((await send(story.receive, { name: 'a' })).repeated).toBe(true);
  expect((await story.ledger().study(study))?.instances).toBe(2);
  const refused = story.events.filter((event) => event.kind === 'instance-refused');
  expect(refused).toMatchObject([{ code: 'STUDY_TOO_LARGE', quarantine: expect.any(String) }]);
});

test('while too many jobs wait senders are told to come back, and when they are done all is taken', async () => {
  story = await openStory({ limits: { studyBytesMax: 1e9, queueMax: 1 } });
  await send(story.receive, { name: 'a' });
  story.clock.advance(1_000);
  await expect(send(story.receive, { name: 'b' })).rejects.toMatchObject({
    code: 'TOO_BUSY',
    fault: { dimseStatus: 0xa700 },
  });
  await story.run();
  story.clock.advance(1_000);
  await send(story.receive, { name: 'b' });
  expect((await story.ledger().study(study))?.instances).toBe(2);
});

test('nothing is accepted before the disk is full, and everything again when there is room', async () => {
  let free = 0;
  story = await openStory({ freeBytes: async () => free });
  await expect(send(story.receive, { name: 'a' })).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    fault: { dimseStatus: 0xa700 },
  });
  free = 1e9;
  await send(story.receive, { name: 'a' });
  expect((await story.ledger().study(study))?.instances).toBe(1);
});

test('an object that would fill the disk is given up on its way, and nothing of it remains', async () => {
  let free = 1e9;
  story = await openStory({ freeBytes: async () => free });
  const reception = await story.receive({ kind: 'stow-rs', address: '127.0.0.1' });
  free = 0;
  const piece = Buffer.alloc(2 ** 20);
  const { sink } = reception;
  sink.on('error', () => undefined);
  for (let written = 0; written < 80 && !sink.destroyed; written += 1) {
    await new Promise<void>((resolve) => sink.write(piece, () => resolve()));
  }
  await expect(reception.keep()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  expect(story.spooled()).toEqual([]);
});
