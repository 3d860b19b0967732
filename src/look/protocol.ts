import type { FaultCode } from '#domain/errors';
import type { Preparation } from '#src/ports';

/** What a reading worker is asked. */
export type Question =
  | { readonly kind: 'examine'; readonly path: string }
  | { readonly kind: 'prepare'; readonly path: string; readonly request: Preparation }
  | { readonly kind: 'frames'; readonly path: string; readonly frameIndices: readonly number[] };

export interface Call {
  readonly id: number;
  readonly question: Question;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: { readonly code: FaultCode; readonly detail: string } };
