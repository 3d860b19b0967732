import type { AgentError } from '#domain/errors';
import type { Instance, InstanceFacts } from '#domain/instance';
import type { Reception } from '#src/ports';

/** An archive that is watched for new studies. Throws ARCHIVE_UNREACHABLE or ARCHIVE_ANSWER_UNUSABLE. */
export interface WatchedArchive {
  readonly name: string;
  /** The recent studies that hold a wanted modality: all of them, before any is taken. */
  studies(signal: AbortSignal): Promise<StudyListing>;
  /** The instances of a study that lie in series of a wanted modality. */
  instances(study: string, signal: AbortSignal): AsyncIterable<ListedInstance>;
  /** Has one instance come in, through a reception that it opens or through our own listener. Throws also what our door says against it. */
  retrieve(instance: ListedInstance, open: () => Promise<Reception>, signal: AbortSignal): Promise<void>;
  /** Resolves where somebody answers, whatever he says. Throws ARCHIVE_UNREACHABLE. */
  answers(signal: AbortSignal): Promise<void>;
}

export interface StudyListing {
  readonly studies: readonly ListedStudy[];
  /** Why the list is not whole. */
  readonly error?: AgentError;
}

/** A study as an archive lists it. */
export interface ListedStudy {
  readonly study: string;
  /** Numbers of its series and instances, such as `2/57`; absent where the archive does not say. */
  readonly counts?: string;
  readonly instances?: number;
}

export interface ListedInstance {
  readonly study: string;
  readonly series: string;
  readonly sopInstance: string;
  readonly sopClass?: string;
}

/** The archive as QIDO-RS and WADO-RS look at it (PS3.18 section 10). */
export interface Catalogue {
  /** Instances in order of arrival, narrowed by whatever is given. */
  instances(where: CatalogueQuery): Promise<readonly Instance[]>;
  /** Studies narrowed by whatever is given, newest first: the attributes of one instance each, with what the study holds. */
  studies(where: CatalogueQuery): Promise<readonly StudySummary[]>;
}

export interface CatalogueQuery {
  readonly study?: string;
  readonly series?: string;
  readonly sopInstance?: string;
  readonly modality?: string;
  readonly studyDateFrom?: string;
  readonly studyDateTo?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export interface StudySummary {
  readonly attributes: InstanceFacts['attributes'];
  readonly modalities: readonly string[];
  readonly sopClasses: readonly string[];
  readonly series: number;
  readonly instances: number;
}
