import { useEffect } from 'htm/preact/standalone';

/** Acts on keys wherever the focus is, but where one writes or chooses. */
export function useKeys(actions: Readonly<Record<string, () => void>>, signs: readonly unknown[]): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      const act = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, signs);
}

/** Fields take every key; what can be pressed takes Enter and Space; a list of links takes the arrows up and down. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || document.querySelector('dialog[open]')) return true;
  if (target.matches('input, select, textarea')) return true;
  return (key === ' ' || key === 'Enter') && target.matches('button, a, summary, [role="button"]');
}
