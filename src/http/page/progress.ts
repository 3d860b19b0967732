import { html } from 'htm/preact/standalone';
import type { StudyDetail } from '#http/api/study';
import { plural } from './words.ts';

interface ProgressProps {
  readonly detail: StudyDetail;
  readonly clipsRead: number;
}

/** Where a study stands on its way from the first object to the documents. */
export function Progress({ detail, clipsRead }: ProgressProps) {
  if (detail.state === 'set-aside')
    return html`<div class="attention" role="status">
      <p><strong>This study needs a person.</strong> ${detail.fault?.sentence}</p>
      <p>Its objects are kept. Once the cause is gone, run <code>npx apical replay ${detail.study}</code>.</p>
    </div>`;
  const isAssessing = detail.state === 'assessing';
  const clips = isAssessing && clipsRead > 0 ? `: ${plural(clipsRead, 'clip')} of ${detail.instances}` : '';
  const steps = [
    { words: `Received ${plural(detail.instances, 'object')}`, state: isAssessing ? 'done' : 'now' },
    { words: isAssessing ? 'Whole' : 'Waiting until nothing more comes', state: isAssessing ? 'done' : 'next' },
    { words: `Looking at the clips${clips}`, state: isAssessing ? 'now' : 'next' },
    { words: 'Report and overlays', state: 'next' },
  ];
  return html`<ol class="steps" role="status" aria-label="Progress">
    ${steps.map(
      ({ words, state }) =>
        html`<li key=${words.slice(0, 8)} class=${state} aria-current=${state === 'now' ? 'step' : undefined}>
          ${words}
        </li>`,
    )}
  </ol>`;
}
