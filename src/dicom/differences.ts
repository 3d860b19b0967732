import { bufferSource } from './byte-source.ts';
import { locateDataSet, readPart10 } from './part10.ts';
import { toDicomJson } from './values.ts';

/**
 * What two Part 10 files of one object say differently: tags, never values. How lengths and the meta information are
 * written does not matter. Throws OBJECT_UNREADABLE.
 */
export function differences(a: Buffer, b: Buffer): readonly string[] {
  const [one, other] = [a, b].map((bytes) => locateDataSet(bufferSource(bytes))) as [Located, Located];
  if (one.syntax.uid !== other.syntax.uid) return ['00020010'];
  if (a.subarray(one.offset).equals(b.subarray(other.offset))) return [];
  const [first, second] = [a, b].map((bytes) => readPart10(bufferSource(bytes))) as [Parsed, Parsed];
  const [ours, theirs] = [toDicomJson(first), toDicomJson(second)];
  const tags = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].toSorted();
  const differing = tags.filter((tag) => JSON.stringify(ours[tag]) !== JSON.stringify(theirs[tag]));
  return pixelsOf(first, a).equals(pixelsOf(second, b)) ? differing : [...differing, '7FE00010'];
}

type Located = ReturnType<typeof locateDataSet>;
type Parsed = ReturnType<typeof readPart10>;

/** From the first byte of the pixels to the end: after them, nothing of ours comes. */
function pixelsOf({ pixelData }: Parsed, bytes: Buffer): Buffer {
  return pixelData ? bytes.subarray(pixelData.offset) : Buffer.alloc(0);
}
