import type { Preparation } from '#src/ports';

/** What a reading worker is asked. */
export type Question =
  | { readonly kind: 'examine'; readonly path: string }
  | { readonly kind: 'prepare'; readonly path: string; readonly request: Preparation }
  | { readonly kind: 'frames'; readonly path: string; readonly frameIndices: readonly number[] }
  | { readonly kind: 'encoded-frames'; readonly path: string; readonly frameIndices: readonly number[] }
  | { readonly kind: 'bulk-value'; readonly path: string; readonly tag: string };
