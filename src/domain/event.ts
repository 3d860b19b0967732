import type { Verdict } from './decision.ts';
import type { FaultCode } from './errors.ts';
import type { JobKind } from './job.ts';
import type { Priority, TriageStage } from './triage.ts';

/** What happens at the borders; log and metrics listen. Nothing here identifies a patient. */
export type AgentEvent =
  | { readonly kind: 'started'; readonly dimse: string; readonly http: string; readonly milliseconds: number }
  | { readonly kind: 'runs-as-root'; readonly advice: string }
  | { readonly kind: 'stopping' }
  | {
      readonly kind: 'instance-kept';
      readonly study: string;
      readonly sopInstance: string;
      readonly bytes: number;
      readonly by: string;
      readonly repeated: boolean;
    }
  | {
      readonly kind: 'instance-refused';
      readonly code: FaultCode;
      readonly detail: string;
      readonly by: string;
      readonly quarantine?: string;
    }
  /** So many refused objects are no longer kept. */
  | { readonly kind: 'quarantine-bounded'; readonly gone: number }
  | {
      readonly kind: 'association-refused';
      readonly address: string;
      readonly reason: AssociationRefusal;
      readonly detail?: string;
    }
  | {
      readonly kind: 'association-aborted';
      readonly address: string;
      readonly cause: AssociationEnd;
      readonly reason: string;
    }
  | {
      readonly kind: 'certificates-reloaded';
      readonly setting: string;
      readonly ok: boolean;
      readonly because?: string;
    }
  | {
      readonly kind: 'configuration-applied';
      readonly changed: readonly string[];
      readonly needRestart: readonly string[];
    }
  | { readonly kind: 'configuration-refused'; readonly detail: string }
  | { readonly kind: 'study-purged'; readonly study: string; readonly bytes: number }
  | {
      readonly kind: 'archive-tidied';
      readonly studies: number;
      /** Of all objects that are left. */
      readonly bytes: number;
      /** Studies that were due and had to stay, by the reason. */
      readonly held: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'audit-told'; readonly messages: number; readonly waiting: number }
  | {
      readonly kind: 'audit-failed';
      readonly code: FaultCode;
      readonly detail: string;
      readonly waiting: number;
    }
  | { readonly kind: 'audit-lost'; readonly records: number }
  | { readonly kind: 'login-refused'; readonly address: string; readonly reason: string }
  | { readonly kind: 'request-refused'; readonly address: string; readonly code: RequestRefusal }
  | {
      readonly kind: 'job-done';
      readonly job: JobKind;
      readonly study: string;
      readonly milliseconds: number;
      readonly waitedMs: number;
    }
  | {
      readonly kind: 'job-failed';
      readonly job: JobKind;
      readonly study: string;
      readonly code: FaultCode;
      readonly detail: string;
      readonly attempt: number;
      readonly retryAt?: number;
    }
  | { readonly kind: 'clip-read'; readonly study: string; readonly sopInstance: string; readonly outcome: string }
  | {
      readonly kind: 'study-triaged';
      readonly study: string;
      readonly stage: TriageStage;
      readonly priority: Priority;
      /** Names of the rules that count. */
      readonly rules: readonly string[];
      /** Since the arrival of what it stands on. */
      readonly afterMs: number;
    }
  | {
      readonly kind: 'study-assessed';
      readonly study: string;
      readonly revision: number;
      readonly assessed: number;
      readonly notAssessed: number;
    }
  | { readonly kind: 'study-decided'; readonly study: string; readonly verdict: Verdict }
  | {
      readonly kind: 'document-written';
      readonly study: string;
      readonly sopInstance: string;
      readonly documentKind: string;
    }
  | {
      readonly kind: 'document-delivered';
      readonly study: string;
      readonly sopInstance: string;
      readonly destination: string;
      /** Since the arrival of the study's last object. */
      readonly afterMs?: number;
    }
  | {
      readonly kind: 'document-withheld';
      readonly study: string;
      readonly sopInstance: string;
      readonly destination: string;
      readonly afterMs?: number;
    }
  | { readonly kind: 'provider-chosen'; readonly provider: string; readonly passedOver: readonly string[] }
  | {
      readonly kind: 'archive-polled';
      readonly archive: string;
      readonly studies: number;
      readonly instances: number;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'archive-poll-failed';
      readonly archive: string;
      readonly code: FaultCode;
      readonly detail: string;
    }
  | {
      readonly kind: 'http-answered';
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly milliseconds: number;
    }
  | { readonly kind: 'unexpected'; readonly where: string; readonly error: string };

/** Why somebody was not let in: by PS3.8 table 9-21, or before he could ask. */
export type AssociationRefusal =
  | 'local-limit-exceeded'
  | 'protocol-version-not-supported'
  | 'application-context-not-supported'
  | 'called-ae-title-not-recognized'
  | 'calling-ae-title-not-recognized'
  | 'too-many-connections'
  | 'address-not-allowed'
  | 'tls-handshake';

/** Why a request over HTTP was refused: by its answer, or without one; those named as a setting are that limit. */
export type RequestRefusal =
  FaultCode | 'HOST_UNKNOWN' | 'ORIGIN_UNKNOWN' | 'http.connectionsMax' | 'too-slow' | 'malformed' | 'tls-handshake';

/** Why an association ended otherwise than by release; those named as a setting of `dimse` are its limit. */
export type AssociationEnd =
  | 'pduLengthMax'
  | 'commandBytesMax'
  | 'contextsMax'
  | 'firstPduMs'
  | 'idleMs'
  | 'associationMs'
  | 'protocol'
  | 'by-peer'
  | 'lost'
  | 'stopping';

export type Publish = (event: AgentEvent) => void;
