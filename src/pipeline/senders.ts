import type { StudyUid } from '#domain/uid';

/** Which studies are being sent just now: over associations, or from archives that are being asked. Nobody sends after a restart, so nothing is kept. */
export interface Senders {
  note(study: StudyUid, over: AbortSignal): void;
  isSending(study: StudyUid): boolean;
}

/** Remembers a sender until its signal says that it is over. */
export function createSenders(): Senders {
  const open = new Map<StudyUid, Set<AbortSignal>>();
  return {
    note(study, over) {
      if (over.aborted) return;
      const signals = open.get(study) ?? new Set();
      if (signals.has(over)) return;
      open.set(study, signals.add(over));
      over.addEventListener(
        'abort',
        () => {
          signals.delete(over);
          if (signals.size === 0) open.delete(study);
        },
        { once: true },
      );
    },
    isSending: (study) => open.has(study),
  };
}
