import { useEffect, useState } from 'htm/preact/standalone';

/** What was loaded last, and why loading failed since; loaded again whenever one of the signs changes. */
export function useLoaded<T>(load: () => Promise<T>, signs: readonly unknown[]) {
  const [value, setValue] = useState<T | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (found) => {
        if (!isWanted) return;
        setValue(() => found);
        setError(undefined);
      },
      (thrown: unknown) => void (isWanted && setError(thrown)),
    );
    return () => {
      isWanted = false;
    };
  }, signs);
  return { value, error };
}
