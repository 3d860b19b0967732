import type { Writable } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { Look, PreparedClip } from '#domain/clip';
import type { Decision, DecisionRequest } from '#domain/decision';
import type { Delivery, DocumentKind, Receipt, ResultDocument } from '#domain/document';
import type { AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { Finding, FindingDefinition } from '#domain/finding';
import type { Box } from '#domain/geometry';
import type { Instance, InstanceFacts, Origin } from '#domain/instance';
import type { ClaimedJob, InstanceReference, Job, JobKind } from '#domain/job';
import type { Fact, NextJob, Outcome } from '#domain/outcome';
import type { Sightings } from '#domain/sighting';
import type { StudyRow, StudyState } from '#domain/study';
import type { Priority, Triage } from '#domain/triage';
import type { StudyUid, Uid } from '#domain/uid';
import type { ViewReading } from '#domain/view';
import type { StepState, Subscriber, Workitem, WorklistSubscription } from '#domain/workitem';

/** The wall clock, in milliseconds since 1970; tests bring their own. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Key and certificates for TLS, as they are now. */
export interface Certificates {
  options(): TlsOptions;
  /** Acts whenever they have changed. */
  onChange(act: () => void): void;
}

/** Opens the door for one object. Throws STORAGE_FULL or TOO_BUSY before a byte is read. */
export type Receive = (origin: Origin, sender?: Sender) => Promise<Reception>;

/** What is known of who sends, beyond the object: it tells when a study is whole. */
export interface Sender {
  /** Aborts when the association is over: until then more of the study may follow. */
  readonly over?: AbortSignal;
  /** Number of Study Related Instances (0020,1208), as the archive counts. */
  readonly expected?: number;
}

/** One object on its way in: its bytes go to disk unparsed, and only `keep` makes it ours. */
export interface Reception {
  /** Takes the object as a Part 10 file. Errors with OBJECT_TOO_LARGE or STORAGE_FULL. */
  readonly sink: Writable;
  /** Resolves once file, row and next job are durable. Throws an AgentError; the file is then in quarantine. */
  keep(announced?: Announced): Promise<Kept>;
  /** The sender went away: nothing remains. */
  discard(): Promise<void>;
}

/** What the sender said of the object before it came; what the file says must agree. */
export interface Announced {
  readonly sopClass?: string;
  readonly sopInstance?: string;
  readonly study?: string;
}

export interface Kept {
  readonly facts: InstanceFacts;
  /** True where we had the very same object already. */
  readonly repeated: boolean;
}

/** The folder of instance files: spool, archive, quarantine. */
export interface InstanceFiles {
  /** A new file in the spool: neither visible nor durable. */
  spool(): Promise<SpoolFile>;
  /** The absolute path of an archived instance. */
  path(instance: Pick<Instance, 'file'>): string;
  /** True where an archived instance has its file, of its length. */
  isThere(instance: Pick<Instance, 'file' | 'bytes'>): Promise<boolean>;
}

export interface SpoolFile {
  readonly path: string;
  readonly sink: Writable;
  /** After `sink` has ended: its content. Its way to the disk begins. */
  seal(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Moves the sealed file to its place in the archive; returns that place when content and name are on the disk. Doing it twice is harmless. */
  file(facts: InstanceFacts, sha256: string): Promise<string>;
  /** Moves the file to quarantine, beside the reason; returns the entry's name. */
  quarantine(error: AgentError, origin: Origin): Promise<string>;
  remove(): Promise<void>;
}

/** Reads clips in worker threads that can be killed; no pixel is decoded on the event loop. */
export interface ClipReader {
  /** What the header says. Throws OBJECT_UNREADABLE. */
  examine(path: string): Promise<InstanceFacts>;
  /** Frames as a model takes them. Throws PIXELS_UNDECODABLE or TRANSFER_SYNTAX_UNSUPPORTED. */
  prepare(path: string, request: Preparation): Promise<PreparedClip>;
  /** Frames as they are, in true colours: RGB bytes. */
  frames(path: string, frameIndices: readonly number[]): Promise<Frames>;
  close(): Promise<void>;
}

export interface Preparation {
  readonly frameIndices: readonly number[];
  /** Side of the square that the model takes, in pixels. */
  readonly size: number;
  /** The tissue region, where the header calibrates one. */
  readonly region?: Box;
}

export interface Frames {
  readonly rows: number;
  readonly columns: number;
  /** RGB, interleaved; one array a frame. */
  readonly pixels: readonly Uint8Array[];
}

export interface ViewClassifier {
  readonly identity: ModelIdentity;
  readonly size: number;
  classify(clip: PreparedClip): Promise<ViewReading>;
}

/** A model that answers questions about clips. */
export interface FindingModel {
  readonly identity: ModelIdentity;
  readonly definitions: readonly FindingDefinition[];
  readonly size: number;
  /** Which frames of a clip it takes, from 0. */
  selectFrames(frames: number): readonly number[];
  /** Every definition answered over clips of a suitable view; pure in the clips. */
  assess(clips: readonly PreparedClip[], definitions: readonly FindingDefinition[]): Promise<readonly Finding[]>;
  /** How it can explain, the usual method first. */
  readonly methods: readonly Explanation['method'][];
  /** The mean embedding of clips at hand, of length 1; absent where the model has none. */
  embed?(clips: readonly PreparedClip[]): Promise<readonly number[]>;
  /** PromptCAM: where in the clip the sentence is seen; by the usual method, unless another is named. Throws REQUEST_INVALID where it has none such. */
  explain(clip: PreparedClip, finding: Finding, method?: Explanation['method']): Promise<Explanation>;
}

/** What a reader asks to see explained on a study: a sentence of their own, or the one behind a finding. */
export interface Question {
  readonly study: StudyUid;
  readonly about: { readonly sentence: string } | { readonly finding: string };
  readonly method?: Explanation['method'];
}

/** The answer, drawn over the clip's own frames; it is kept nowhere. */
export interface Answer {
  readonly sentence: string;
  readonly similarity: number;
  readonly method: Explanation['method'];
  readonly sopInstance: Uid;
  /** The frame most like the sentence, from 0. */
  readonly keyFrame: number;
  /** Which frame of the clip each picture is of, from 0. */
  readonly frameIndices: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Baseline JPEG. */
  readonly pictures: readonly Uint8Array[];
  readonly phantomOnly: boolean;
}

/** What readers may ask of the agent, beyond looking at what it made. */
export interface Desk {
  /** How the model can explain, the usual method first. */
  readonly methods: readonly Explanation['method'][];
  /** Throws NOT_FOUND, REQUEST_INVALID or MODEL_UNAVAILABLE. */
  ask(question: Question): Promise<Answer>;
  /** Throws NOT_FOUND or REQUEST_INVALID. */
  decide(request: DecisionRequest): Promise<Decision>;
  /** What was decided on a study, each with whether its signature holds for the object as it lies in the archive. */
  decisions(study: StudyUid): Promise<readonly CheckedDecision[]>;
  /** For whoever checks signatures elsewhere: the public key (RFC 7517); absent until the first decision. */
  publicKey(): Promise<object | undefined>;
  assessAgain(study: StudyUid): Promise<void>;
  sendAgain(document: Uid, destination: string): Promise<void>;
  /** Puts a job that was set aside back into its queue, or all; returns how many. */
  retry(which: number | 'all'): Promise<number>;
}

export interface CheckedDecision extends Decision {
  /** True where the archive's file is the one that was signed, and the signature is by the agent's key. */
  readonly isGenuine: boolean;
}

/** What makes a decision an object, and signs it. */
export interface DecisionTools {
  compose(input: DecisionComposition): ComposedDocument;
  /** A detached JWS over the text. */
  sign(text: string): Promise<string>;
}

export interface DecisionComposition extends Pick<
  Decision,
  'verdict' | 'comment' | 'amendments' | 'reader' | 'at'
> {
  readonly assessment: Assessment;
  readonly sources: readonly InstanceFacts[];
  /** The agent's report that was decided on. */
  readonly report: ResultDocument;
  /** What it follows: the agent's reports, and decisions before this one. */
  readonly superseded: readonly ResultDocument[];
}

/** Makes the documents that say what was found; the same input gives the same bytes. */
export interface Composer {
  compose(input: Composition): Promise<readonly ComposedDocument[]>;
}

export interface Composition {
  readonly assessment: Assessment;
  /** All source instances of the study, and where their files lie. */
  readonly sources: readonly { readonly instance: Instance; readonly path: string }[];
  readonly overlays: readonly {
    readonly finding: Finding;
    readonly explanation: Explanation;
    readonly frames: Frames;
  }[];
  /** The documents of the revision before, which these supersede. */
  readonly predecessors: readonly ResultDocument[];
}

export interface ComposedDocument {
  readonly document: ResultDocument;
  /** A complete Part 10 file. */
  readonly bytes: Uint8Array;
}

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

/** Somewhere results go. One attempt a call; who calls decides on repeating. */
export interface Destination {
  readonly name: string;
  /** Which kinds of document it is sent; all that are written, if not said. */
  readonly reports?: readonly DocumentKind[];
  /** Resolves only when the destination has confirmed this very instance, or says that there is nowhere to go. Throws DESTINATION_UNREACHABLE, _BUSY or _REFUSED. */
  deliver(instance: Instance, path: string, signal: AbortSignal): Promise<Receipt | void>;
  /** True where it is told only of what a rule sends its way (`notify`). */
  readonly onlyByRule?: boolean;
  /** True where it is sent preliminary reports too. */
  readonly preliminary?: boolean;
}

/** How a study stands: what a worklist or a message says of it. */
export interface Standing {
  readonly study: StudyRow;
  /** The newest one of the settled study, or the preliminary one. */
  readonly assessment?: Assessment;
  readonly documents: readonly ResultDocument[];
  /** One source instance: who the patient is and which exam. */
  readonly source?: Instance;
}

/** A worklist that shows how studies stand: our own, or another manager's (PS3.4 annex CC). */
export interface Worklist {
  readonly name: string;
  /** Brings the study's workitem to how it stands now; telling it twice is harmless. Throws DESTINATION_UNREACHABLE, _BUSY or _REFUSED. */
  tell(standing: Standing, signal: AbortSignal): Promise<void>;
}

/** Our worklist, durable and transactional. */
export interface WorkitemStore {
  /** All or nothing; what is done resolves once it is durable. */
  transaction<T>(act: (rows: WorkitemRows) => T): Promise<T>;
}

/** Its rows, within one transaction. */
export interface WorkitemRows {
  /** `gone`: there was one, and it was forgotten. */
  get(uid: string): Workitem | 'gone' | undefined;
  put(item: Workitem): void;
  /** The agent's own steps for a study, the first one first. */
  ours(study: StudyUid): readonly Workitem[];
  /** The most urgent first, then in order of creation. */
  find(where: WorkitemQuery): readonly Workitem[];
  /** Forgets steps that ended before this, unless a subscriber holds them. */
  expire(before: number): void;
  subscribers(uid: string): readonly Subscriber[];
  subscribe(uid: string, subscriber: Subscriber): void;
  /** False where there was nothing to end. */
  unsubscribe(uid: string, ae: string): boolean;
  unsubscribeAll(ae: string): void;
  worklistSubscriptions(): readonly WorklistSubscription[];
  putWorklistSubscription(subscription: WorklistSubscription): void;
  /** False where there was none. */
  dropWorklistSubscriptions(ae: string, kind: 'worklist' | 'filtered'): boolean;
  /** Takes the jobs of a study off the queue and sets it aside with this fault; false where one of them has begun. */
  withdraw(study: StudyUid, fault: string): boolean;
}

export interface WorkitemQuery {
  readonly state?: StepState;
  readonly priority?: Priority;
  readonly limit: number;
  readonly offset: number;
}

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

/** Modalities that ask us to vouch for what they sent (PS3.4 annex J). */
export interface CommitmentReports {
  /** Resolves once the modality has taken the report; telling it twice is harmless. Throws DESTINATION_UNREACHABLE, _BUSY or _REFUSED. */
  report(aeTitle: string, commitment: Commitment, signal: AbortSignal): Promise<void>;
}

export interface Commitment {
  readonly transaction: string;
  readonly committed: readonly InstanceReference[];
  readonly failed: readonly FailedReference[];
}

export interface FailedReference extends InstanceReference {
  /** Failure Reason (0008,1197), PS3.3 section C.14.1.1. */
  readonly reason: number;
}

/** What is known and what is to be done, durable and transactional. */
export interface Ledger extends Sightings {
  /** Admits a source instance and what follows at once. Throws OBJECT_DIFFERS. */
  admit(admission: Admission): Promise<'new' | 'repeated'>;
  /** True where an instance with this UID is kept. */
  holds(sopInstance: string): Promise<boolean>;

  /** Leases the most urgent job that is due, of the given kinds. */
  claim(kinds: readonly JobKind[], leaseMs: number): Promise<ClaimedJob | undefined>;
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
