import { html } from 'htm/preact/standalone';
import type { DecisionShown } from '#http/api/reader';
import { useWords } from './language.ts';

/** What readers decided, each with whether its signature holds. */
export function Decisions({ decisions }: { readonly decisions: readonly DecisionShown[] }) {
  const { t, moment, finding: title } = useWords();
  if (decisions.length === 0) return null;
  return html`<h3>${t.decide.before}</h3>
    <ul class="decisions">
      ${decisions.map(
        ({ document, verdict, reader, isKnownReader, at, comment, amendments, isGenuine, sha256, revision }) =>
          html`<li key=${document}>
            <p>
              <strong>${t.field.verdicts[verdict]}</strong> <span class="how">${t.documents.revision(revision)}</span>
              <span class=${isGenuine ? 'chip delivered' : 'chip dead'} title=${sha256}
                >${isGenuine ? t.decide.genuine : t.decide.broken}</span
              >
              ${!isKnownReader && html`<span class="chip waiting">${t.decide.unverified}</span>`}
            </p>
            <p class="how">${t.decide.by(isKnownReader ? reader : '–', moment(at))}</p>
            ${comment !== '' && html`<p>${comment}</p>`}
            ${amendments.map(
              (one) =>
                html`<p key=${one.finding}>
                  ${title({ id: one.finding, title: one.title })}: <b>${one.readers}</b>
                  <small>${t.decide.ours}: ${one.ours}</small>
                </p>`,
            )}
          </li>`,
      )}
    </ul>`;
}
