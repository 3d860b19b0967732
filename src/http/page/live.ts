import { useEffect, useState } from 'htm/preact/standalone';
import type { StreamedEvent } from '#http/events';

/** What has happened of late, as the agent tells it. */
export interface Live {
  readonly connected: boolean;
  /** Grows when something may have changed: what was loaded is to be loaded again. */
  readonly changes: number;
  /** Clips looked at in the assessments under way, per study. */
  readonly clipsRead: ReadonlyMap<string, number>;
  /** The last objects and archives that failed, newest first. */
  readonly troubles: readonly Trouble[];
}

export type Trouble = { readonly id: number } & (
  { readonly kind: 'object'; readonly code: string } | { readonly kind: 'archive'; readonly name: string }
);

const quiet: Live = { connected: false, changes: 0, clipsRead: new Map(), troubles: [] };
const troublesMax = 3;
// Many objects arrive at once: what they change is looked at so often, not for each.
const gatherMs = 300;

/** Listens to the agent's events; the browser connects again by itself. */
export function useLive(): Live {
  const [live, setLive] = useState(quiet);
  useEffect(() => {
    const source = new EventSource('/api/events');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setLive((last) => ({ ...last, changes: last.changes + 1 }));
      }, gatherMs);
    };
    source.addEventListener('open', () => {
      setLive((last) => ({ ...last, connected: true }));
      change();
    });
    source.addEventListener('error', () => setLive((last) => ({ ...last, connected: false })));
    source.addEventListener('message', ({ data }) => {
      const event = JSON.parse(String(data)) as StreamedEvent;
      setLive((last) => after(last, event));
      change();
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, []);
  return live;
}

function after(live: Live, event: StreamedEvent): Live {
  if (event.kind === 'clip-read') {
    const count = (live.clipsRead.get(event.study) ?? 0) + 1;
    return { ...live, clipsRead: new Map([...live.clipsRead, [event.study, count]]) };
  }
  if (event.kind === 'study-assessed') {
    return { ...live, clipsRead: new Map([...live.clipsRead].filter(([study]) => study !== event.study)) };
  }
  const id = (live.troubles[0]?.id ?? 0) + 1;
  if (event.kind === 'instance-refused') return withTrouble(live, { id, kind: 'object', code: event.code });
  if (event.kind === 'archive-poll-failed') return withTrouble(live, { id, kind: 'archive', name: event.archive });
  return live;
}

/** What goes on failing says so again and again: it is shown once. */
function withTrouble(live: Live, trouble: Trouble): Live {
  const same = (one: Trouble) => JSON.stringify({ ...one, id: 0 });
  const others = live.troubles.filter((one) => same(one) !== same(trouble));
  return { ...live, troubles: [trouble, ...others].slice(0, troublesMax) };
}
