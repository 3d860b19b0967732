import { html } from 'htm/preact/standalone';
import type { AssessmentShown } from '#http/api/study';
import { useWords } from './language.ts';

/** Which model spoke, enough to run the same again. */
export function Origin({ assessment, study }: { readonly assessment: AssessmentShown; readonly study: string }) {
  const { t, moment } = useWords();
  return html`<footer class="provenance">
    <h2>${t.origin.title}</h2>
    <dl>
      ${[assessment.model, assessment.viewModel].map(
        ({ id, name, version, provider, digest, phantomOnly }) =>
          html`<div key=${id}>
            <dt lang="en">${name} ${version}</dt>
            <dd>
              ${[phantomOnly && t.origin.phantoms, t.origin.on(provider), t.origin.digest].filter(Boolean).join(', ')}${' '}<code
                >${digest.slice(0, 12)}</code
              >
            </dd>
          </div>`,
      )}
      <div>
        <dt>
          ${assessment.stage === 'preliminary' ? t.documents.revision(0) : t.origin.revision(assessment.revision)}
        </dt>
        <dd>${t.origin.until(moment(assessment.settledAt))}</dd>
      </div>
      <div>
        <dt>Study Instance UID</dt>
        <dd><code>${study}</code></dd>
      </div>
    </dl>
  </footer>`;
}
