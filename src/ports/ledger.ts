import type { Assessment } from '#domain/assessment';
import type { Look } from '#domain/clip';
import type { Decision } from '#domain/decision';
import type { Delivery, ResultDocument } from '#domain/document';
import type { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { ClaimedJob, Job, JobKind } from '#domain/job';
import type { Fact, NextJob, Outcome } from '#domain/outcome';
import type { Sightings } from '#domain/sighting';
import type { StudyRow, StudyState } from '#domain/study';
import type { Priority, Triage } from '#domain/triage';
import type { StudyUid, Uid } from '#domain/uid';

/** A source instance, and what is to be done because of it. */
export interface Admission {
  readonly instance: Instance;
  readonly next: readonly NextJob[];
  /** Further jobs where it is the first of its study. */
  readonly nextOfStudy: readonly NextJob[];
  /** Where its header alone says how urgent the study is. */
  readonly triage?: Triage;
  readonly expected?: number;
}

/** What is known and what is to be done, durable and transactional. */
export interface Ledger extends Sightings {
  /** Admits a source instance and what follows at once. Throws OBJECT_DIFFERS. */
  admit(admission: Admission): Promise<'new' | 'repeated'>;
  /** True where an instance with this UID is kept. */
  holds(sopInstance: string): Promise<boolean>;

  /** Leases the most urgent job that is due, of the given kinds. */
  claim(kinds: readonly JobKind[], leaseMs: number): Promise<ClaimedJob | undefined>;
  /** Calls once there may be a job of these kinds to claim that was not there before; returns how to wait no longer. */
  onStir(kinds: readonly JobKind[], wake: () => void): () => void;
  renew(job: ClaimedJob, leaseMs: number): Promise<void>;
  /** Ends a job: its facts and its next jobs, all or nothing. A job whose lease was lost commits nothing. */
  commit(job: ClaimedJob, outcome: Outcome): Promise<void>;
  /** Gives a job that failed back, to be told again at `runAt`; or, without a time, puts it among those that a person must look at. */
  giveBack(job: ClaimedJob, failure: JobFailure): Promise<void>;
  /** Queues jobs from outside the story: replay, retry. */
  enqueue(jobs: readonly NextJob[]): Promise<void>;
  /** Facts from outside the story with what follows, all or nothing: a reader decides, has sent again, has assessed again. */
  record(outcome: { readonly facts: readonly Fact[]; readonly next: readonly NextJob[] }): Promise<void>;

  study(study: StudyUid): Promise<StudyRow | undefined>;
  /** Newest arrival first. */
  studies(page: { readonly limit: number; readonly offset: number }): Promise<readonly StudyRow[]>;
  /** In the order in which they are to be read: the undecided first, then the more urgent, then the newest. */
  studiesToRead(query: ReadingQuery): Promise<readonly StudyRow[]>;
  /** How many studies there are of each standing. */
  studiesStanding(): Promise<readonly StudiesStanding[]>;
  instances(study: StudyUid, role: Instance['role']): Promise<readonly Instance[]>;
  instance(sopInstance: string): Promise<Instance | undefined>;
  /** The given revision, or the newest. */
  assessment(study: StudyUid, revision?: number): Promise<Assessment | undefined>;
  /** Of the same patient's latest study before this one that was assessed: the newest assessment. Patient ID, its issuer and the birth date say who is the same. */
  prior(study: StudyUid): Promise<Assessment | undefined>;
  /** The longest pauses within the latest studies of a sender, but this one. */
  senderGaps(sender: string, study: StudyUid): Promise<readonly number[]>;
  looks(study: StudyUid): Promise<readonly Look[]>;
  documents(study: StudyUid): Promise<readonly ResultDocument[]>;
  document(sopInstance: Uid): Promise<ResultDocument | undefined>;
  deliveries(study: StudyUid): Promise<readonly Delivery[]>;
  /** How many documents stand how, per destination. */
  deliveriesByState(): Promise<
    readonly { readonly destination: string; readonly state: Delivery['state']; readonly count: number }[]
  >;
  /** What readers decided, the first first. */
  decisions(study: StudyUid): Promise<readonly Decision[]>;
  /** Jobs that a person must look at. */
  setAside(limit: number): Promise<readonly SetAsideJob[]>;
  /** How many jobs wait or run, per kind, and how many were set aside. */
  backlog(): Promise<
    readonly { readonly kind: JobKind; readonly state: 'waiting' | 'running' | 'set-aside'; readonly count: number }[]
  >;

  checkpoint(name: string): Promise<string | undefined>;
  saveCheckpoint(name: string, value: string): Promise<void>;
  close(): void;
}

/** Narrows what is to be read by whatever is given. */
export interface ReadingQuery {
  readonly limit: number;
  readonly offset: number;
  readonly priority?: Priority;
  readonly state?: StudyState['kind'];
  readonly isDecided?: boolean;
  readonly among?: readonly string[];
}

export interface StudiesStanding {
  readonly priority: Priority;
  readonly state: StudyState['kind'];
  readonly isDecided: boolean;
  readonly count: number;
}

/** A job that failed for good. */
export interface SetAsideJob {
  readonly id: number;
  readonly job: Job;
  readonly attempts: number;
  readonly fault: string;
  readonly priority: number;
}

export interface JobFailure {
  readonly error: AgentError;
  readonly retryAt?: number;
  /** What the failure makes true, such as the state of a delivery. */
  readonly facts: readonly Fact[];
  /** What follows from that. */
  readonly next?: readonly NextJob[];
}
