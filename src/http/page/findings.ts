import { html } from 'htm/preact/standalone';
import type { AssessmentShown, FindingShown } from '#http/api/study';
import { intervalWords, quantity, similarityWords } from './words.ts';

interface FindingsProps {
  readonly assessment: AssessmentShown;
  /** Findings of which there is an overlay, and what shows it. */
  readonly overlays: ReadonlyMap<string, () => void>;
}

/** All answers, those that are missing included: silence would read as normal. */
export function Findings({ assessment, overlays }: FindingsProps) {
  const { findings, model, viewModel } = assessment;
  const phantomNote =
    (model.phantomOnly || viewModel.phantomOnly) &&
    html`<p class="warning">Found by a phantom model: not for patients.</p>`;
  const assessed = findings.filter((finding) => finding.kind !== 'not-assessed');
  const missing = findings.filter((finding) => finding.kind === 'not-assessed');
  if (assessed.length === 0) return html`<${NothingAssessed} missing=${missing} phantomNote=${phantomNote} />`;
  return html`<section aria-labelledby="findings">
    <h2 id="findings">Findings</h2>
    ${phantomNote}
    <table class="findings">
      <thead class="hidden">
        <tr>
          <th scope="col">Question</th>
          <th scope="col">Answer</th>
          <th scope="col">Overlay</th>
        </tr>
      </thead>
      <tbody>
        ${[...assessed, ...missing].map(
          (finding) => html`<${Row} key=${finding.id} finding=${finding} onShow=${overlays.get(finding.id)} />`,
        )}
      </tbody>
    </table>
    <p class="note">
      A similarity is the cosine between a clip and a sentence, from −1 to 1. It is not a probability. Its percentile,
      where it has one, is how many per cent of the calibration’s clips are not more similar.
    </p>
  </section>`;
}

function Row({ finding, onShow }: { readonly finding: FindingShown; readonly onShow: (() => void) | undefined }) {
  const isNotable = finding.kind === 'answered' && finding.notable;
  return html`<tr class=${`${finding.kind}${isNotable ? ' is-notable' : ''}`}>
    <th scope="row">${finding.title}</th>
    <td>
      <${Answer} finding=${finding} />
      ${finding.kind !== 'not-assessed' && html`<span class="similarity">${similarityWords(finding)}</span>`}
    </td>
    <td class="action">
      ${onShow && html`<button type="button" aria-label=${`Show overlay: ${finding.title}`} onClick=${onShow}>Overlay</button>`}
    </td>
  </tr>`;
}

function Answer({ finding }: { readonly finding: FindingShown }) {
  switch (finding.kind) {
    case 'measured': {
      const { value, unit, interval } = finding;
      return html`<span class="value">${quantity(value, unit)}</span>
        ${interval && html`<span class="interval">${intervalWords(interval, unit)}</span>`}`;
    }
    case 'answered':
      return html`<span class="value">${finding.answer}</span>`;
    case 'similarity-only':
      return html`<span class="value only">Similarity only</span>
        <span class="interval">no threshold is calibrated for this question</span>`;
    case 'not-assessed':
      return html`<span class="reason">Not assessed, because: ${finding.sentence}</span>`;
  }
}

/** That nothing could be assessed is a result, and looks like one. */
function NothingAssessed({
  missing,
  phantomNote,
}: {
  readonly missing: readonly FindingShown[];
  readonly phantomNote: unknown;
}) {
  const reasons = new Set(missing.flatMap((finding) => (finding.kind === 'not-assessed' ? [finding.sentence] : [])));
  return html`<section aria-labelledby="findings">
    <h2 id="findings">Findings</h2>
    ${phantomNote}
    <div class="calm">
      <p><strong>Nothing was assessed in this study.</strong></p>
      <p>The algorithm ran. Not assessed, because: ${[...reasons].join('; ')}.</p>
      <details>
        <summary>Questions that were not answered (${missing.length})</summary>
        <ul>
          ${missing.map(({ id, title }) => html`<li key=${id}>${title}</li>`)}
        </ul>
      </details>
    </div>
  </section>`;
}
