// The part of htm's Preact bundle that the page uses; the bundle comes without declarations of its hooks.
declare module 'htm/preact/standalone' {
  export interface Element {
    readonly type: unknown;
  }
  export interface Context<T> {
    readonly Provider: unknown;
    readonly initial?: T;
  }
  export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Element;
  export function render(tree: Element, parent: globalThis.Element): void;
  export function createContext<T>(initial: T): Context<T>;
  export function useContext<T>(context: Context<T>): T;
  export function useState<T>(initial: T | (() => T)): [T, (next: T | ((last: T) => T)) => void];
  export function useEffect(effect: () => void | (() => void), dependencies?: readonly unknown[]): void;
  export function useRef<T>(initial: T): { current: T };
}
