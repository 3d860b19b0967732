import { html } from 'htm/preact/standalone';
import type { ClipReadingShown, ClipShown } from '#http/api/study';
import { useWords } from './language.ts';
import type { Words } from './words.ts';

interface ClipsProps {
  readonly clips: readonly ClipShown[];
  readonly onShow: (clip: ClipShown) => void;
}

/** A study's objects: those that were used, those with a view, and those that could not be used, each with the reason. */
export function Clips({ clips, onShow }: ClipsProps) {
  const { t } = useWords();
  return html`<section aria-labelledby="clips">
    <h2 id="clips">${t.clips.title} <span class="count">${clips.length}</span></h2>
    <ul class="clips">
      ${clips.map((clip) => html`<li key=${clip.sopInstance}><${Clip} clip=${clip} onShow=${onShow} /></li>`)}
    </ul>
  </section>`;
}

function Clip({ clip, onShow }: { readonly clip: ClipShown; readonly onShow: ClipsProps['onShow'] }) {
  const words = useWords();
  const { t } = words;
  const { picture, reading } = clip;
  const isUsed = reading?.kind === 'eligible' && reading.used;
  const inside = html`${
      picture
        ? html`<img src=${picture.thumbnail} alt="" loading="lazy" width="128" height="96" onError=${hide} />`
        : html`<span class="no-picture">${clip.modality}</span>`
    }
    <span class="caption">
      <span class="view">${readingWords(words, reading)}</span>
      <span class="how"
        >${[picture && t.clips.frames(picture.frames), useOf(words, reading)].filter(Boolean).join(' · ')}</span
      >
    </span>
    ${isUsed && html`<span class="chip used">${t.clips.used}</span>`}`;
  if (!picture) return html`<div class="clip">${inside}</div>`;
  const kind = isUsed ? 'is-used' : reading?.kind === 'ineligible' ? 'is-ineligible' : '';
  return html`<button type="button" class=${`clip ${kind}`} onClick=${() => onShow(clip)}>${inside}</button>`;
}

/** A picture that cannot be drawn leaves its place empty. */
function hide(event: { readonly currentTarget: HTMLElement }): void {
  event.currentTarget.classList.add('is-missing');
}

/** What was seen in a clip, or why it could not be used: that is no failure. */
export function readingWords({ t }: Words, reading: ClipReadingShown | undefined): string {
  if (!reading) return t.clips.unseen;
  if (reading.kind === 'ineligible') return t.field.ineligible[reading.because];
  if (!reading.view) return t.clips.noView;
  const view = t.field.views[reading.view.code];
  return reading.view.recognised ? view : t.clips.unsure(view);
}

function useOf({ t }: Words, reading: ClipReadingShown | undefined): string {
  if (!reading) return '';
  if (reading.kind === 'ineligible') return t.clips.ineligible;
  return reading.used ? t.clips.usedFor : t.clips.unused;
}
