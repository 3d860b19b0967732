import type { Publish } from '#domain/event';
import type { Rule } from '#domain/rule';
import type { SettlingPolicy } from '#domain/settling';
import type { Priority } from '#domain/triage';
import type {
  Clock,
  ClipReader,
  CommitmentReports,
  Composer,
  Destination,
  FindingModel,
  InstanceFiles,
  ViewClassifier,
} from '#src/ports';
import type { Instance } from '#domain/instance';
import type { Ledger } from '#src/ports/ledger';
import type { Worklist } from '#src/ports/worklist';
import type { Senders } from './senders.ts';

/** Everything that the story is told with. */
export interface Agent {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly files: InstanceFiles;
  readonly reader: ClipReader;
  readonly views: ViewClassifier;
  readonly findings: FindingModel;
  /** A second model: it is asked the same, and only its disagreement is told. */
  readonly shadow?: FindingModel | undefined;
  readonly composer: Composer;
  readonly destinations: readonly Destination[];
  /** Ours, and other managers'. */
  readonly worklists: readonly Worklist[];
  /** Tells modalities what we vouch for; absent where nobody may ask. */
  readonly commitments?: CommitmentReports | undefined;
  /** Whether an instance that we hold stays, whatever its age and however full it gets. */
  readonly keeps: (instance: Instance) => boolean;
  readonly senders: Senders;
  /** The site's rules as they are now. */
  readonly rules: () => RuleTable;
  readonly settings: StorySettings;
  readonly publish: Publish;
}

/** A site's rules, the first line first, and the urgency of a study that meets none. */
export interface RuleTable {
  readonly lines: readonly Rule[];
  readonly usual: Priority;
}

export interface StorySettings extends SettlingPolicy {
  /** Clips with fewer frames are not assessed. */
  readonly framesMin: number;
  /** At most so many clips of a suitable view, best first, go into the findings. */
  readonly clipsMax: number;
  /** At most so many findings are drawn as PromptCAM overlays. */
  readonly overlaysMax: number;
  /** Results of a model that knows phantoms only leave the built-in archive. */
  readonly deliverPhantomResults: boolean;
}
