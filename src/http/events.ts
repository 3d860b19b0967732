import { Readable } from 'node:stream';
import { AgentError } from '#domain/errors';
import type { AgentEvent, Publish } from '#domain/event';

/** What a page is told as it happens: not what concerns addresses of peers, requests and the inside of the program. */
export type StreamedEvent = Exclude<AgentEvent, { readonly kind: Silent }>;
type Silent =
  | 'http-answered'
  | 'unexpected'
  | 'association-refused'
  | 'association-aborted'
  | 'certificates-reloaded'
  | 'runs-as-root'
  | 'archive-tidied'
  | 'audit-told'
  | 'audit-failed'
  | 'audit-lost'
  | 'configuration-applied'
  | 'configuration-refused'
  | 'login-refused'
  | 'request-refused'
  | 'quarantine-bounded';

/** Passes events on to pages as server-sent events (HTML standard, section 9.2). */
export interface EventHub {
  readonly publish: Publish;
  /** A page's stream. Throws TOO_BUSY where as many listen as may. */
  connect(): Readable;
  /** Ends every stream. */
  close(): void;
}

interface HubLimits {
  readonly listenersMax?: number;
  /** A page that lets more than this wait is cut off; it comes again by itself. */
  readonly waitingBytesMax?: number;
  /** A comment so often keeps proxies from closing an idle stream. */
  readonly heartbeatMs?: number;
}

export function createEventHub({
  listenersMax = 64,
  waitingBytesMax = 65_536,
  heartbeatMs = 15_000,
}: HubLimits = {}): EventHub {
  const streams = new Set<Readable>();
  let heart: NodeJS.Timeout | undefined;
  let isClosed = false;

  const tell = (text: string) => {
    for (const stream of streams) {
      if (stream.readableLength > waitingBytesMax) stream.destroy();
      else stream.push(text);
    }
  };
  const forget = (stream: Readable) => {
    streams.delete(stream);
    if (streams.size === 0) clearInterval(heart);
  };

  return {
    publish: (event) => {
      if (!isSilent(event.kind)) tell(`data: ${JSON.stringify(event)}\n\n`);
    },
    connect() {
      if (isClosed || streams.size >= listenersMax) throw new AgentError('TOO_BUSY', 'Too many pages listen.');
      const stream = new Readable({ read: () => undefined });
      stream.push('retry: 2000\n\n');
      stream.once('close', () => forget(stream));
      if (streams.size === 0) heart = setInterval(() => tell(': still here\n\n'), heartbeatMs).unref();
      streams.add(stream);
      return stream;
    },
    close() {
      isClosed = true;
      clearInterval(heart);
      for (const stream of streams) stream.push(null);
    },
  };
}

const silent: Readonly<Record<Silent, true>> = {
  'http-answered': true,
  unexpected: true,
  'association-refused': true,
  'association-aborted': true,
  'certificates-reloaded': true,
  'runs-as-root': true,
  'archive-tidied': true,
  'audit-told': true,
  'audit-failed': true,
  'audit-lost': true,
  'configuration-applied': true,
  'configuration-refused': true,
  'login-refused': true,
  'request-refused': true,
  'quarantine-bounded': true,
};

function isSilent(kind: AgentEvent['kind']): kind is Silent {
  return kind in silent;
}
