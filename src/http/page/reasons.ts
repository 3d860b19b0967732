import { html } from 'htm/preact/standalone';
import type { TriageShown } from '#http/api/study';
import { useWords } from './language.ts';

/** Why a study is urgent, in the site's words; an early word is marked as one, what was withdrawn is struck. */
export function Reasons({ triage }: { readonly triage: TriageShown | undefined }) {
  const { t } = useWords();
  if (!triage || triage.reasons.length === 0) return null;
  const isEarly = triage.stage === 'preliminary';
  return html`<ul class="reasons">
    ${triage.reasons.map(
      ({ rule, message, standing, priority, finding }) =>
        html`<li key=${rule} class=${`reason-line ${standing} ${priority}`}>
          ${standing === 'withdrawn' ? html`<s>${message}</s>` : html`<span>${message}</span>`}
          ${standing === 'raised' && isEarly && finding !== undefined && html`<em>${t.list.early}</em>`}
          ${standing !== 'raised' && html`<em>${t.field.standings[standing]}</em>`}
        </li>`,
    )}
  </ul>`;
}
