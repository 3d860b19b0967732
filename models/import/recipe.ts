import type { FloatType, Graph } from '#models/onnx/graph';
import type { GraphRole, ModelManifest } from './manifest.ts';

/** What becomes of a checkpoint: its graphs, and what its manifest says of them. */
export interface Recipe {
  graphs(type: FloatType): ReadonlyMap<GraphRole, Graph>;
  readonly facts: Pick<
    ModelManifest,
    'kind' | 'imageSize' | 'mean' | 'std' | 'embedWidth' | 'contextLength' | 'vocabularySize' | 'classes'
  >;
  /** The configuration files that were read, by path. */
  readonly configs: readonly string[];
}
