import type { PhantomKind } from './clip.ts';
import { scenes, type PhantomView } from './views/of-view.ts';

/** One thing that a sonographer records. */
export interface Recording {
  readonly view: PhantomView;
  readonly kind: PhantomKind;
}

/** The views that a phantom can be seen in. */
export const phantomViews = Object.keys(scenes) as readonly PhantomView[];

/** What is brought home from an examination, the commonest first. */
const usual: readonly Recording[] = [
  { view: 'PLAX', kind: 'b-mode' },
  { view: 'PLAX', kind: 'm-mode' },
  { view: 'PSAX', kind: 'b-mode' },
  { view: 'A4C', kind: 'b-mode' },
  { view: 'A4C', kind: 'colour-doppler' },
  { view: 'A4C', kind: 'spectral-doppler' },
  { view: 'A4C', kind: 'b-mode' },
  { view: 'A2C', kind: 'b-mode' },
  { view: 'A3C', kind: 'b-mode' },
  { view: 'A5C', kind: 'b-mode' },
  { view: 'PSAX', kind: 'colour-doppler' },
  { view: 'A4C', kind: 'still' },
  { view: 'subcostal', kind: 'b-mode' },
  { view: 'SSN', kind: 'b-mode' },
  { view: 'PLAX', kind: 'colour-doppler' },
  { view: 'A5C', kind: 'spectral-doppler' },
];

/** The usual recordings, over and over until there are enough; of chosen views or kinds, those only. */
export function recordingsOf(wanted: {
  readonly clips: number;
  readonly views?: readonly PhantomView[] | undefined;
  readonly kinds?: readonly PhantomKind[] | undefined;
}): readonly Recording[] {
  const { clips, views, kinds = views && (['b-mode'] as const) } = wanted;
  const every = (views ?? phantomViews).flatMap((view) => (kinds ?? []).map((kind) => ({ view, kind })));
  const chosen = every.length > 0 ? every : usual;
  return Array.from({ length: clips }, (_, index) => chosen[index % chosen.length]!);
}
