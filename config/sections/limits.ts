import { z } from 'zod';
import { bytes, count, milliseconds } from './values.ts';

/** Bounds that protect the agent. */
export const limits = z.strictObject({
  instanceBytesMax: bytes(2 * 2 ** 30, 'Largest object accepted.'),
  studyBytesMax: bytes(64 * 2 ** 30, 'Most bytes of one study.'),
  queueMax: count(
    100_000,
    'Jobs that may wait, one a clip among them; while there are more, senders are told to come back later.',
  ),
  freeBytesMin: bytes(2 ** 30, 'Below this much free space nothing more is accepted.'),
  quarantineMax: count(10_000, 'Refused objects that are kept for a look; beyond it the oldest give way.'),
  quarantineBytesMax: bytes(10 * 2 ** 30, 'Most of refused objects; beyond it the oldest give way.'),
  readers: count(2, 'Worker threads that read and decode.'),
  readerTimeMs: milliseconds(60_000, 'Time for one object before its worker is killed.'),
  readerMemoryMb: count(1024, 'Megabytes a reading worker may use before it is killed.'),
  attemptsMax: count(12, 'Times a job is tried before it is set aside for a person.'),
  backOffFirstMs: milliseconds(2_000, 'Pause after the first failure; it doubles.'),
  backOffMaxMs: milliseconds(900_000, 'Longest pause between tries.'),
  leaseMs: milliseconds(60_000, 'After this long without a sign of life a job is told again.'),
});
