import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { PreparedClip } from '#domain/clip';
import type { DocumentKind, Receipt, ResultDocument } from '#domain/document';
import type { AgentError } from '#domain/errors';
import type { Explanation } from '#domain/explanation';
import type { Finding, FindingDefinition } from '#domain/finding';
import type { Box } from '#domain/geometry';
import type { Instance, InstanceFacts, Origin } from '#domain/instance';
import type { InstanceReference } from '#domain/job';
import type { ViewReading } from '#domain/view';
import type { Writable } from 'node:stream';
import type { TlsOptions } from 'node:tls';

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
export interface ClipReader extends PartReader {
  /** What the header says. Throws OBJECT_UNREADABLE. */
  examine(path: string): Promise<InstanceFacts>;
  /** Frames as a model takes them. Throws PIXELS_UNDECODABLE or TRANSFER_SYNTAX_UNSUPPORTED. */
  prepare(path: string, request: Preparation): Promise<PreparedClip>;
  /** Frames as they are, in true colours: RGB bytes. */
  frames(path: string, frameIndices: readonly number[]): Promise<Frames>;
  close(): Promise<void>;
}

/** Reads parts of stored objects as they are, in a worker thread that can be killed. */
export interface PartReader {
  /** How many frames there are, and the stored bytes of some, counted from 0. Throws PIXELS_UNDECODABLE. */
  encodedFrames(
    path: string,
    frameIndices: readonly number[],
  ): Promise<{ readonly count: number; readonly frames: readonly Uint8Array[] }>;
  /** One long binary value by its tag; undefined where there is none. */
  bulkValue(path: string, tag: string): Promise<Uint8Array | undefined>;
}

export interface Preparation {
  readonly frameIndices: readonly number[];
  /** Side of the square that the model takes, in pixels. */
  readonly size: number;
  /** The tissue region, where the header calibrates one. */
  readonly region?: Box;
  /** Goes before what others want read. */
  readonly isUrgent?: boolean;
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

/** Makes the documents that say what was found; the same input gives the same bytes. It may take the overlays' frames for itself. */
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
