import type { Access } from '#domain/access';
import type { AgentEvent } from '#domain/event';

/** What is to be told to the audit log. UIDs and addresses; who the patient is, is looked up when it is told. */
export type AuditFact =
  | { readonly kind: 'application'; readonly type: 'start' | 'stop' }
  | { readonly kind: 'kept'; readonly study: string; readonly sopInstance: string; readonly repeated: boolean }
  | { readonly kind: 'delivered'; readonly study: string; readonly sopInstance: string; readonly destination: string }
  | { readonly kind: 'read'; readonly study: string; readonly by: Asker }
  | { readonly kind: 'queried'; readonly by: Asker; readonly query: string }
  | { readonly kind: 'login-refused' | 'node-refused'; readonly address: string; readonly reason: string }
  | { readonly kind: 'configured'; readonly changed: readonly string[] }
  | { readonly kind: 'exported'; readonly study: string; readonly folder: string }
  /** With the patient, of whom nothing is left to be looked up. */
  | { readonly kind: 'deleted'; readonly study: string; readonly patient: Patient };

/** Who asked over HTTP. */
export interface Asker {
  readonly address: string;
  readonly user?: string;
}

/** A patient as an audit message names one. */
export interface Patient {
  readonly id: string;
  readonly name?: string;
}

/** What of an event belongs into an audit log, where PS3.15 section A.5.3 has a message for it. */
export function factOf(event: AgentEvent): AuditFact | undefined {
  return (audited[event.kind] as ((event: AgentEvent) => AuditFact | undefined) | undefined)?.(event);
}

const audited: {
  readonly [Kind in AgentEvent['kind']]?: (event: Extract<AgentEvent, { kind: Kind }>) => AuditFact | undefined;
} = {
  started: () => ({ kind: 'application', type: 'start' }),
  stopping: () => ({ kind: 'application', type: 'stop' }),
  'instance-kept': ({ study, sopInstance, repeated }) => ({ kind: 'kept', study, sopInstance, repeated }),
  'document-delivered': ({ study, sopInstance, destination }) => ({
    kind: 'delivered',
    study,
    sopInstance,
    destination,
  }),
  'login-refused': ({ address, reason }) => ({ kind: 'login-refused', address, reason }),
  'association-refused': ({ address, reason }) => ({ kind: 'node-refused', address, reason }),
  'configuration-applied': ({ changed }) => (changed.length === 0 ? undefined : { kind: 'configured', changed }),
};

/** What of a request belongs into an audit log: objects that were read, and questions that were answered. */
export function factOfAccess({ method, route, status, study, query, address, user }: Access): AuditFact | undefined {
  if (method !== 'GET' || status >= 400 || !route.startsWith('/dicom-web/')) return undefined;
  const by: Asker = { address, ...(user !== undefined && { user }) };
  if (/\/(studies|series|instances)$/.test(route)) return { kind: 'queried', by, query: `${route}?${query}` };
  return study === undefined ? undefined : { kind: 'read', study, by };
}
