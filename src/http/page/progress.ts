import { html } from 'htm/preact/standalone';
import type { StudyDetail } from '#http/api/study';
import { useWords } from './language.ts';

interface ProgressProps {
  readonly detail: StudyDetail;
  readonly clipsRead: number;
}

/** Where a study stands on its way from the first object to the documents. */
export function Progress({ detail, clipsRead }: ProgressProps) {
  const { t, fault } = useWords();
  if (detail.state === 'set-aside')
    return html`<div class="attention" role="status">
      <p><strong>${t.study.person}</strong> ${fault(detail.fault?.code ?? 'UNEXPECTED')}</p>
      <p>${t.study.kept} <code>npx apical replay ${detail.study}</code></p>
    </div>`;
  const isAssessing = detail.state === 'assessing';
  const known = detail.clips.filter(({ reading }) => reading).length; // what was looked at before this page was opened
  const looked = Math.min(Math.max(clipsRead, known), detail.instances);
  const steps = [
    { id: 'received', words: t.study.received(detail.instances), state: isAssessing ? 'done' : 'now' },
    { id: 'waiting', words: t.study.waiting, state: isAssessing ? 'done' : 'next' },
    { id: 'looking', words: t.study.looking(looked, detail.instances), state: isAssessing ? 'now' : 'next' },
    { id: 'writing', words: t.study.writing, state: 'next' },
  ];
  return html`<ol class="steps" role="status" aria-label=${t.study.progress}>
    ${steps.map(
      ({ id, words, state }) =>
        html`<li key=${id} class=${state} aria-current=${state === 'now' ? 'step' : undefined}>${words}</li>`,
    )}
  </ol>`;
}
