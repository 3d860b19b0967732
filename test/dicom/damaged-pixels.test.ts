import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import fc from 'fast-check';
import { decodeFrames } from '#dicom/pixels/decode';
import { AgentError } from '#domain/errors';
import { sharedPath, testWith } from '#test/support/peers';

const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `decoded`, or the code of the fault; anything else is thrown on. */
async function outcome(path: string): Promise<string> {
  try {
    await decodeFrames(path, [0]);
    return 'decoded';
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown.code;
    throw thrown;
  }
}

/** Files of the corpus, one for each decoder. */
const files: readonly (readonly [group: string, name: string, runs: number])[] = [
  ['us', 'US1_J2KI.dcm', 25],
  ['other', 'HTJ2K_08_RGB.dcm', 6],
  ['us', 'palette-multiframe-jpeg-ls.dcm', 6],
  ['other', 'JPGExtended.dcm', 6],
  ['us', 'JPGLosslessP14SV1_1s_1f_8b.dcm', 8],
  ['us', 'I_000009.dcm', 30],
  ['us', 'ybrFull-RLE.dcm', 12],
  ['us', 'gdcm-US-ALOKA-16.dcm', 6],
];

for (const [group, name, runs] of files)
  testWith(
    [`shared:corpus/${group}/${name}`],
    `${name} with damaged pixel data is decoded or refused, and costs the next object nothing`,
    async () => {
      const path = sharedPath('corpus', group, name);
      const whole = readFileSync(path);
      const before = await decodeFrames(path, [0]);
      const start = whole.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])) + 12;
      // Most damage where the codestream's own header stands.
      const place = fc.oneof(fc.nat({ max: 120 }), fc.nat({ max: whole.length - start - 1 }));
      const changes = fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
      const damaged = join(folder, name);
      await fc.assert(
        fc.asyncProperty(changes, async (made) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of made) bytes[start + at] = value;
          writeFileSync(damaged, bytes);
          expect(await outcome(damaged)).toMatch(
            /^(decoded|OBJECT_UNREADABLE|PIXELS_UNDECODABLE|TRANSFER_SYNTAX_UNSUPPORTED)$/,
          );
        }),
        { numRuns: runs, seed: 1, endOnFailure: true },
      );
      expect(await decodeFrames(path, [0])).toEqual(before);
    },
    120_000,
  );
