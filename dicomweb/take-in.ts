import { pipeline } from 'node:stream/promises';
import type { Announced, Kept, Reception } from '#src/ports';

/** Streams one object through the door. A sender that breaks off leaves nothing; an object that is refused is refused by `keep`, with its quarantine entry. */
export async function takeIn(
  reception: Reception,
  body: AsyncIterable<Uint8Array>,
  announced: Announced,
): Promise<Kept> {
  let senderFailed = false;
  async function* watched() {
    try {
      yield* body;
    } catch (thrown) {
      senderFailed = true;
      throw thrown;
    }
  }
  try {
    await pipeline(watched, reception.sink);
  } catch (thrown) {
    if (senderFailed) {
      await reception.discard();
      throw thrown;
    }
    // The sink refused: `keep` meets the same error and sets the object aside with it.
  }
  return reception.keep(announced);
}
