import { html } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { SystemDocument } from '#http/api/system';
import { useWords } from './language.ts';
import { retry } from './load.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

interface LettersProps {
  readonly letters: SystemDocument['setAside'];
  readonly about: AboutDocument | undefined;
}

/** Work that failed for good, and its second try. */
export function DeadLetters({ letters, about }: LettersProps) {
  const { t, fault, number } = useWords();
  const task = useTask();
  const roles = about?.login.roles ?? [];
  const canAct = roles.some((role) => role !== 'read');
  if (letters.length === 0) return null;
  return html`<section class="panel letters" aria-labelledby="letters">
    <h2 id="letters">${t.system.letters} <span class="count">${number(letters.length, 0)}</span></h2>
    <ul>
      ${letters.map(
        ({ id, kind, study, destination, fault: code }) =>
          html`<li key=${id}>
            <span
              ><strong
                >${Object.hasOwn(t.system.jobs, kind) ? (t.system.jobs as Record<string, string>)[kind] : kind}${destination === undefined ? '' : `: ${destination}`}</strong
              >
              <span class="how">${fault(code)}</span></span
            >
            ${study !== '' && html`<a href=${`#/study/${study}`}>${t.system.study}</a>`}
            ${canAct && html`<button type="button" disabled=${task.isBusy} onClick=${() => task.run(() => retry(id))}>${t.system.retry}</button>`}
          </li>`,
      )}
    </ul>
    ${roles.includes('administer') && html`<button type="button" disabled=${task.isBusy} onClick=${() => task.run(() => retry('all'))}>${t.system.retryAll}</button>`}
    <${Trouble} error=${task.error} />
  </section>`;
}
