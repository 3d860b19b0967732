/** Something that may change while it is used. It flows one way: who follows it never changes it. */
export interface Live<T> {
  current(): T;
  /** Whoever follows prepares for what is to come, and refuses it by throwing: then nothing changes for anybody. */
  follow(prepare: (next: T) => Change): void;
}

/** Prepared by one of several; it holds once all of them are prepared, or is dropped. */
export interface Change {
  apply(): void;
  drop?(): void;
}

/** A live value and the one hand that changes it. */
export function createLive<T>(first: T): Live<T> & { change(next: T): void } {
  const state = { current: first };
  const followers: ((next: T) => Change)[] = [];
  return {
    current: () => state.current,
    follow: (prepare) => void followers.push(prepare),
    change(next) {
      const prepared: Change[] = [];
      try {
        for (const prepare of followers) prepared.push(prepare(next));
      } catch (thrown) {
        for (const { drop } of prepared) drop?.();
        throw thrown;
      }
      state.current = next;
      for (const { apply } of prepared) apply();
    },
  };
}

/** An object that shows, property by property, what the function gives at the moment of looking; it may be spread at any time. */
export function viewOf<T extends object>(now: () => T): T {
  const view = {};
  for (const key of Object.keys(now()) as (keyof T)[]) {
    Object.defineProperty(view, key, { enumerable: true, get: () => now()[key] });
  }
  return view as T;
}
