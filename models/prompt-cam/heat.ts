/** Where a sentence is seen, before it is drawn: one square map a frame, 0 to 1 over the whole clip. */
export interface Heat {
  readonly maps: Float32Array;
  /** What one needs to make it again. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Keeps what speaks for the sentence and scales it by the clip's largest value, so that frames can be compared. */
export function scaleOverClip(maps: readonly Float32Array[]): Float32Array {
  const size = maps[0]?.length ?? 0;
  const all = new Float32Array(maps.length * size);
  for (const [frame, map] of maps.entries()) all.set(map, frame * size);
  let largest = 0;
  for (const value of all) if (value > largest) largest = value;
  for (let at = 0; at < all.length; at++) all[at] = all[at]! > 0 ? all[at]! / largest : 0;
  return all;
}
