import { isDeepStrictEqual } from 'node:util';
import type { Live } from './live.ts';

/** What stands for one entry of a list of settings. */
export interface Opened<Thing> {
  readonly thing: Thing;
  /** Starts its work; called once its settings hold, and nothing of its name is at work any more. */
  begin?(): void;
  close?(): unknown;
}

interface Entry<Settings, Thing> {
  readonly settings: Settings;
  readonly opened: Opened<Thing>;
}

/** Keeps one thing open for each entry of a list of settings. When the list changes, what is as before is left alone. */
export function openEach<Whole, Settings extends { readonly name: string }, Thing>(
  live: Live<Whole>,
  listed: (whole: Whole) => readonly Settings[],
  open: (settings: Settings) => Opened<Thing>,
): { current(): readonly Thing[]; close(): Promise<void> } {
  const state: { entries: readonly Entry<Settings, Thing>[]; over: boolean; turning: Promise<void> } = {
    entries: [],
    over: false,
    turning: Promise.resolve(),
  };
  const turn = (entries: readonly Entry<Settings, Thing>[]): void => {
    const gone = state.entries.filter((entry) => !entries.includes(entry));
    const come = entries.filter((entry) => !state.entries.includes(entry));
    state.entries = entries;
    state.turning = state.turning.then(async () => {
      await Promise.all(gone.map(async ({ opened }) => opened.close?.()));
      if (!state.over)
        for (const { opened } of come) if (state.entries.some((entry) => entry.opened === opened)) opened.begin?.();
    });
  };
  live.follow((next) => {
    const entries = prepare(state.entries, listed(next), open);
    const made = entries.filter((entry) => !state.entries.includes(entry));
    return { apply: () => turn(entries), drop: () => closeAll(made) };
  });
  turn(prepare([], listed(live.current()), open));
  return {
    current: () => state.entries.map(({ opened }) => opened.thing),
    async close() {
      state.over = true;
      await state.turning;
      await Promise.all(state.entries.map(async ({ opened }) => opened.close?.()));
    },
  };
}

function prepare<Settings extends { readonly name: string }, Thing>(
  before: readonly Entry<Settings, Thing>[],
  listed: readonly Settings[],
  open: (settings: Settings) => Opened<Thing>,
): readonly Entry<Settings, Thing>[] {
  const made: Entry<Settings, Thing>[] = [];
  try {
    return listed.map((settings) => {
      const same = before.find((entry) => isDeepStrictEqual(entry.settings, settings));
      if (same) return same;
      const entry = { settings, opened: open(settings) };
      made.push(entry);
      return entry;
    });
  } catch (thrown) {
    closeAll(made);
    throw thrown;
  }
}

function closeAll(entries: readonly Entry<unknown, unknown>[]): void {
  for (const { opened } of entries) opened.close?.();
}
