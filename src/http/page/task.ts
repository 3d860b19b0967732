import { useState } from 'htm/preact/standalone';

/** Something that a click starts: whether it runs, and why it failed. */
export interface Task {
  readonly isBusy: boolean;
  readonly error: unknown;
  run(act: () => Promise<unknown>): void;
}

/** One thing at a time. */
export function useTask(): Task {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  return {
    isBusy,
    error,
    run(act) {
      if (isBusy) return;
      setBusy(true);
      setError(undefined);
      act()
        .catch((thrown: unknown) => setError(thrown))
        .finally(() => setBusy(false));
    },
  };
}
