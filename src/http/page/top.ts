import { html } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import { languages, useWords } from './language.ts';
import type { Live } from './live.ts';

interface TopProps {
  readonly about: AboutDocument | undefined;
  readonly live: Live;
  readonly route: string;
  readonly theme: string;
  readonly onTheme: (theme: string) => void;
  readonly onLanguage: (code: string) => void;
  readonly onHelp: () => void;
}

export const themes = ['auto', 'light', 'dark'] as const;

/** The name, where one is, what one may choose, and what must never be out of sight. */
export function Top({ about, live, route, theme, onTheme, onLanguage, onHelp }: TopProps) {
  const { t } = useWords();
  const views = [
    ['#/', t.nav.worklist, route === 'home' || route === 'study'],
    ['#/system', t.nav.system, route === 'system'],
    ['#/connect', t.nav.connect, route === 'connect'],
  ] as const;
  return html`<header class="top">
    <a class="skip" href="#content" onClick=${skip}>${t.skip}</a>
    ${about?.phantomOnly && html`<p class="phantom" role="note">${t.phantom}</p>`}
    <div class="bar">
      <a class="name" href="#/"><img src="/page/icon.svg" alt="" width="24" height="24" />Apical</a>
      <nav class="views" aria-label=${t.nav.label}>
        ${views.map(
          ([address, words, isHere]) =>
            html`<a key=${address} href=${address} aria-current=${isHere ? 'page' : undefined}>${words}</a>`,
        )}
      </nav>
      <p class="research" role="note">${t.notice}</p>
      <span class=${live.connected ? 'live is-on' : 'live'} role="status">
        ${live.connected ? t.live : t.connecting}
      </span>
      <${Choice}
        label=${t.language}
        value=${t.code}
        onChoose=${onLanguage}
        options=${languages.map(({ code, name }) => [code, name])}
      />
      <${Choice}
        label=${t.theme}
        value=${theme}
        onChoose=${onTheme}
        options=${themes.map((name) => [name, t.themes[name]])}
      />
      <button type="button" class="help-button" aria-label=${t.help.open} title=${t.help.open} onClick=${onHelp}>
        ?
      </button>
    </div>
  </header>`;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}

/** A select with its label for those who cannot see where it stands. */
export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const choose = (event: { readonly currentTarget: HTMLSelectElement }) => onChoose(event.currentTarget.value);
  return html`<select class="choice" aria-label=${label} title=${label} value=${value} onChange=${choose}>
    ${options.map(([code, words]) => html`<option key=${code} value=${code}>${words}</option>`)}
  </select>`;
}

/** Moves the focus, not the address: that names what is shown. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
