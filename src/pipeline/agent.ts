import type { Publish } from '#domain/event';
import type {
  Clock,
  ClipReader,
  Composer,
  Destination,
  FindingModel,
  InstanceFiles,
  Ledger,
  ViewClassifier,
} from '#src/ports';

/** Everything that the story is told with. */
export interface Agent {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly files: InstanceFiles;
  readonly reader: ClipReader;
  readonly views: ViewClassifier;
  readonly findings: FindingModel;
  readonly composer: Composer;
  readonly destinations: readonly Destination[];
  readonly settings: StorySettings;
  readonly publish: Publish;
}

export interface StorySettings {
  /** How long nothing must have come for a study before it is taken as whole. */
  readonly quietPeriodMs: number;
  /** Clips with fewer frames are not assessed. */
  readonly framesMin: number;
  /** At most so many clips of a suitable view, best first, go into the findings. */
  readonly clipsMax: number;
  /** At most so many findings are drawn as PromptCAM overlays. */
  readonly overlaysMax: number;
  /** Results of a model that knows phantoms only leave the built-in archive. */
  readonly deliverPhantomResults: boolean;
}
