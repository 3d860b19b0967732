import { html } from 'htm/preact/standalone';
import type { AssessmentShown, FindingShown } from '#http/api/study';
import { useWords } from './language.ts';
import { Percentile } from './percentile.ts';

interface FindingsProps {
  readonly assessment: AssessmentShown;
  readonly onShow: (finding: string) => void;
}

/** All answers, those that are missing included: silence would read as normal. */
export function Findings({ assessment, onShow }: FindingsProps) {
  const { t } = useWords();
  const { findings, model, viewModel, stage } = assessment;
  const notes = html`${(model.phantomOnly || viewModel.phantomOnly) && html`<p class="warning">${t.phantomFound}</p>`}
  ${stage === 'preliminary' && html`<p class="early">${t.findings.early}</p>`}`;
  const assessed = findings
    .filter((finding) => finding.kind !== 'not-assessed')
    .toSorted((a, b) => place(a) - place(b));
  const missing = findings.filter((finding) => finding.kind === 'not-assessed');
  if (assessed.length === 0) return html`<${NothingAssessed} missing=${missing} notes=${notes} />`;
  return html`<section aria-labelledby="findings">
    <h2 id="findings">${t.findings.title}</h2>
    ${notes}
    <table class="findings">
      <thead class="hidden">
        <tr>
          <th scope="col">${t.findings.question}</th>
          <th scope="col">${t.findings.answer}</th>
          <th scope="col">${t.findings.overlay}</th>
        </tr>
      </thead>
      <tbody>
        ${[...assessed, ...missing].map((finding) => html`<${Row} key=${finding.id} finding=${finding} onShow=${onShow} />`)}
      </tbody>
    </table>
    <p class="note">${t.findings.note}</p>
  </section>`;
}

/** Values first, then what is worth attention; else as the model has them. */
function place(finding: FindingShown): number {
  if (finding.kind === 'measured') return 0;
  return finding.kind === 'answered' && finding.notable ? 1 : 2;
}

function Row({ finding, onShow }: { readonly finding: FindingShown } & Pick<FindingsProps, 'onShow'>) {
  const { t, finding: title, similarity } = useWords();
  const isNotable = finding.kind === 'answered' && finding.notable;
  const isAssessed = finding.kind !== 'not-assessed';
  return html`<tr class=${`${finding.kind}${isNotable ? ' is-notable' : ''}`}>
    <th scope="row">${title(finding)}</th>
    <td>
      <${Answer} finding=${finding} />
      ${isAssessed && html`<span class="similarity">${similarity(finding)}</span>`}
      ${isAssessed && 'percentile' in finding && html`<${Percentile} value=${finding.percentile} />`}
    </td>
    <td class="action">
      ${isAssessed && html`<button type="button" aria-label=${`${t.findings.overlay}: ${title(finding)}`} onClick=${() => onShow(finding.id)}>${t.findings.overlay}</button>`}
    </td>
  </tr>`;
}

function Answer({ finding }: { readonly finding: FindingShown }) {
  const { t, quantity, interval, answer } = useWords();
  switch (finding.kind) {
    case 'measured':
      return html`<span class="value">${quantity(finding.value, finding.unit)}</span>
        ${finding.interval && html`<span class="interval">${interval(finding.interval, finding.unit)}</span>`}`;
    case 'answered':
      return html`<span class="value">${answer(finding.answer)}</span>`;
    case 'similarity-only':
      return html`<span class="value only">${t.findings.only}</span>
        <span class="interval">${t.findings.noThreshold}</span>`;
    case 'not-assessed':
      return html`<span class="reason">${t.findings.because(t.field.omissions[finding.because])}</span>`;
  }
}

/** That nothing could be assessed is a result, and looks like one. */
function NothingAssessed({ missing, notes }: { readonly missing: readonly FindingShown[]; readonly notes: unknown }) {
  const { t, finding: title } = useWords();
  const reasons = new Set(
    missing.flatMap((finding) => (finding.kind === 'not-assessed' ? [t.field.omissions[finding.because]] : [])),
  );
  return html`<section aria-labelledby="findings">
    <h2 id="findings">${t.findings.title}</h2>
    ${notes}
    <div class="calm">
      <p><strong>${t.findings.nothing}</strong></p>
      <p>${t.findings.ran}</p>
      <p>${t.findings.because([...reasons].join('; '))}</p>
      <details>
        <summary>${t.findings.missing(missing.length)}</summary>
        <ul>
          ${missing.map((finding) => html`<li key=${finding.id}>${title(finding)}</li>`)}
        </ul>
      </details>
    </div>
  </section>`;
}
