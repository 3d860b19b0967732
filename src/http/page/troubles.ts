import { html } from 'htm/preact/standalone';
import { useWords } from './language.ts';
import type { Live } from './live.ts';

/** What was refused of late. */
export function Troubles({ live: { troubles } }: { readonly live: Live }) {
  const { t, fault } = useWords();
  if (troubles.length === 0) return null;
  return html`<section class="troubles" aria-labelledby="troubles">
    <h2 id="troubles">${t.troubles.title}</h2>
    <ul>
      ${troubles.map(
        (trouble) =>
          html`<li key=${trouble.id}>
            ${trouble.kind === 'object' ? t.troubles.object(fault(trouble.code)) : t.troubles.archive(trouble.name)}
          </li>`,
      )}
    </ul>
  </section>`;
}
