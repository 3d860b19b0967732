import { useEffect, useState } from 'htm/preact/standalone';

/** A choice that this browser remembers; where it may not, it holds until the page is closed. */
export function useChoice(name: string): readonly [string | null, (value: string) => void] {
  const [value, setValue] = useState<string | null>(() => remembered(name));
  useEffect(() => {
    if (value === null) return;
    try {
      localStorage.setItem(name, value);
    } catch {
      // Storage is closed to us: the choice holds as long as the page.
    }
  }, [name, value]);
  return [value, setValue];
}

function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
