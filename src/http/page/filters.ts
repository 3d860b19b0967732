import { html } from 'htm/preact/standalone';
import { useWords } from './language.ts';
import { Choice } from './top.ts';
import type { Worklist } from './worklist.ts';

/** Narrows the list: by name, by urgency with its counts, by state. */
export function Filters({ worklist: { filter, counts, narrow } }: { readonly worklist: Worklist }) {
  const { t, number } = useWords();
  const sum = counts && counts.priority.HIGH + counts.priority.MEDIUM + counts.priority.LOW + counts.decided;
  const priorities = [
    ['', t.list.all, sum],
    ['HIGH', t.priority.HIGH, counts?.priority.HIGH],
    ['MEDIUM', t.priority.MEDIUM, counts?.priority.MEDIUM],
    ['LOW', t.priority.LOW, counts?.priority.LOW],
  ] as const;
  const counted = (words: string, count: number | undefined) =>
    count === undefined ? words : `${words} (${number(count, 0)})`;
  const states = [
    ['', t.list.states.any],
    ['open', t.list.states.open],
    ['receiving', counted(t.state.receiving, counts?.state.receiving)],
    ['assessing', counted(t.state.assessing, counts?.state.assessing)],
    ['assessed', counted(t.state.assessed, counts?.state.assessed)],
    ['set-aside', counted(t.state['set-aside'], counts?.state['set-aside'])],
    ['decided', counted(t.list.states.decided, counts?.decided)],
  ] as const;
  const type = (event: { readonly currentTarget: HTMLInputElement }) => narrow({ text: event.currentTarget.value });
  return html`<div class="filters" role="search" aria-label=${t.list.filters}>
    <input
      id="search"
      type="search"
      value=${filter.text}
      onInput=${type}
      placeholder=${t.list.search}
      aria-label=${t.list.search}
      autocomplete="off"
    />
    <div class="segments" role="group" aria-label=${t.list.filters}>
      ${priorities.map(
        ([value, words, count]) =>
          html`<button
            key=${value}
            type="button"
            class=${`segment ${value}`}
            aria-pressed=${filter.priority === value}
            onClick=${() => narrow({ priority: value })}
          >
            ${words}<span class="count">${count === undefined ? '' : number(count, 0)}</span>
          </button>`,
      )}
    </div>
    <${Choice}
      label=${t.list.state}
      value=${filter.state}
      options=${states}
      onChoose=${(state: string) => narrow({ state })}
    />
  </div>`;
}
