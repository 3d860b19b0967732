import { html } from 'htm/preact/standalone';
import type { ClipReadingShown, ClipShown } from '#http/api/study';
import { plural } from './words.ts';

interface ClipsProps {
  readonly clips: readonly ClipShown[];
  readonly onShow: (clip: ClipShown) => void;
}

/** A study's objects: those that were used, those with a view, and those that could not be used, each with the reason. */
export function Clips({ clips, onShow }: ClipsProps) {
  return html`<section aria-labelledby="clips">
    <h2 id="clips">Clips <span class="count">${clips.length}</span></h2>
    <ul class="clips">
      ${clips.map((clip) => html`<li key=${clip.sopInstance}><${Clip} clip=${clip} onShow=${onShow} /></li>`)}
    </ul>
  </section>`;
}

function Clip({ clip, onShow }: { readonly clip: ClipShown; readonly onShow: ClipsProps['onShow'] }) {
  const { picture, reading } = clip;
  const words = readingWords(reading);
  const isUsed = reading?.kind === 'eligible' && reading.used;
  const inside = html`${
      picture
        ? html`<img src=${picture.thumbnail} alt="" loading="lazy" width="128" height="96" onError=${hide} />`
        : html`<span class="no-picture">${clip.modality}</span>`
    }
    <span class="caption">
      <span class="view">${words}</span>
      <span class="how"
        >${[picture && plural(picture.frames, 'frame'), useWords(reading)].filter(Boolean).join(' · ')}</span
      >
    </span>
    ${isUsed && html`<span class="chip used">Used</span>`}`;
  if (!picture) return html`<div class="clip">${inside}</div>`;
  const state = isUsed ? 'clip is-used' : 'clip';
  return html`<button type="button" class=${state} onClick=${() => onShow(clip)}>${inside}</button>`;
}

/** A picture that cannot be drawn leaves its place empty. */
function hide(event: { readonly currentTarget: HTMLElement }): void {
  event.currentTarget.classList.add('is-missing');
}

/** What was seen in a clip, or why it could not be used. */
export function readingWords(reading: ClipReadingShown | undefined): string {
  if (!reading) return 'Not looked at yet';
  if (reading.kind === 'ineligible') return capital(reading.sentence);
  if (!reading.view) return 'No view';
  return reading.view.recognised ? capital(reading.view.words) : `Unsure, nearest: ${reading.view.words}`;
}

function useWords(reading: ClipReadingShown | undefined): string {
  if (!reading) return '';
  if (reading.kind === 'ineligible') return 'not eligible';
  return reading.used ? 'used for the findings' : 'not used';
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
