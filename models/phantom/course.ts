import { drawHeart, type Heart } from './heart.ts';
import { randomOf } from './random.ts';

/** What of a heart must be so at every visit. */
export type HeartWish = Partial<Heart>;

/**
 * One patient over several visits: the function falls, or recovers; the left atrium follows, fluid may gather, and a
 * device that was implanted stays. With one visit it is the heart of the seed.
 */
export function heartOfVisit(
  seed: string | number,
  wish: HeartWish,
  { visit, visits }: { readonly visit: number; readonly visits: number },
): Heart {
  const first = drawHeart(randomOf(seed, 'heart'), wish);
  if (visits <= 1) return first;
  const random = randomOf(seed, 'course');
  const share = visit / (visits - 1);
  const isWorsening = random.chance(0.6);
  const change = random.between(12, 28) * (isWorsening ? -1 : 1);
  const implanted = Math.ceil(random.between(0, visits));
  const getsLead = random.chance(0.5);
  const gathers = random.chance(0.4) ? random.between(0.8, 1.9) : 0;
  const { endDiastolicVolume: _volume, sphericity: _sphericity, ...lasting } = first;
  const growth = isWorsening ? 1 + 0.2 * share : 1 - 0.1 * share;
  return drawHeart(randomOf(seed, 'heart'), {
    ...lasting,
    ejectionFraction: Math.round(Math.max(10, Math.min(75, first.ejectionFraction + change * share))),
    leftAtriumRadius: Math.min(3.3, first.leftAtriumRadius * growth),
    effusionWidth: Math.max(first.effusionWidth, gathers * share),
    hasPacemakerLead: first.hasPacemakerLead || (getsLead && visit >= implanted),
    ...wish,
  });
}
