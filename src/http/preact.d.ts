// The part of htm's Preact bundle that the page uses; the bundle comes without declarations of its hooks.
declare module 'htm/preact/standalone' {
  export interface Element {
    readonly type: unknown;
  }
  export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Element;
  export function render(tree: Element, parent: globalThis.Element): void;
  export function useState<T>(initial: T | (() => T)): [T, (next: T | ((last: T) => T)) => void];
  export function useEffect(effect: () => void | (() => void), dependencies?: readonly unknown[]): void;
  export function useRef<T>(initial: T): { current: T };
}
