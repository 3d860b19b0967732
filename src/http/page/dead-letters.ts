import { html, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { SetAsideShown, SystemDocument } from '#http/api/system';
import { useWords } from './language.ts';
import { retry } from './load.ts';
import { usePatient } from './patient.ts';
import { useTask, type Task } from './task.ts';
import { Trouble } from './trouble.ts';

interface LettersProps {
  readonly letters: SystemDocument['setAside'];
  readonly about: AboutDocument | undefined;
}

/** Work that failed for good, by what failed and why, and its second try: one by one, or all of a kind. */
export function DeadLetters({ letters, about }: LettersProps) {
  const { t, number } = useWords();
  const task = useTask();
  const roles = about?.login.roles ?? [];
  const canAct = roles.some((role) => role !== 'read');
  if (letters.length === 0) return null;
  const alike = Map.groupBy(letters, ({ kind, destination, fault }) => JSON.stringify([kind, destination, fault]));
  return html`<section class="panel letters" aria-labelledby="letters">
    <h2 id="letters">${t.system.letters} <span class="count">${number(letters.length, 0)}</span></h2>
    ${[...alike].map(([key, some]) => html`<${Alike} key=${key} letters=${some} canAct=${canAct} task=${task} />`)}
    ${roles.includes('administer') && alike.size > 1 && html`<button type="button" disabled=${task.isBusy} onClick=${() => task.run(() => retry('all'))}>${t.system.retryAll}</button>`}
    <${Trouble} error=${task.error} />
  </section>`;
}

interface AlikeProps {
  readonly letters: readonly SetAsideShown[];
  readonly canAct: boolean;
  readonly task: Task;
}

/** What failed in the same way at the same place: most often for one cause. */
function Alike({ letters, canAct, task }: AlikeProps) {
  const { t, fault, number } = useWords();
  const [isOpen, setOpen] = useState(false);
  const [{ kind, destination, fault: code }] = letters as [SetAsideShown];
  const work = Object.hasOwn(t.system.jobs, kind) ? (t.system.jobs as Record<string, string>)[kind] : kind;
  const name = destination === undefined ? work : `${work}: ${destination}`;
  const again = async () => {
    for (const { id } of letters) await retry(id);
  };
  return html`<div class="alike">
    <span
      ><strong>${name}</strong> <span class="count">${number(letters.length, 0)}</span>
      <span class="how">${fault(code)}</span></span
    >
    ${canAct && html`<button type="button" aria-label=${`${t.system.retry}: ${name}`} disabled=${task.isBusy} onClick=${() => task.run(again)}>${letters.length > 1 ? t.system.retryAll : t.system.retry}</button>`}
    <details
      onToggle=${({ currentTarget }: { readonly currentTarget: HTMLDetailsElement }) => setOpen(currentTarget.open)}
    >
      <summary>${t.system.studies(new Set(letters.map(({ study }) => study)).size)}</summary>
      <ul>
        ${isOpen && letters.filter(({ study }) => study !== '').map((letter) => html`<${Letter} key=${letter.id} letter=${letter} canAct=${canAct && letters.length > 1} task=${task} />`)}
      </ul>
    </details>
  </div>`;
}

function Letter({ letter, canAct, task }: { readonly letter: SetAsideShown } & Pick<AlikeProps, 'canAct' | 'task'>) {
  const { t } = useWords();
  const { id, study, attempts } = letter;
  const patient = usePatient({ study, instances: 1 });
  const who = [patient?.name || (patient ? t.list.noName : '…'), patient?.id].filter(Boolean).join(' · ');
  return html`<li>
    <a href=${`#/study/${study}`}>${who}</a>
    <span class="how">${t.documents.tried(attempts)}</span>
    ${canAct && html`<button type="button" class="link" disabled=${task.isBusy} onClick=${() => task.run(() => retry(id))}>${t.system.retry}</button>`}
  </li>`;
}
