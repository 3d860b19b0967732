import { html, useEffect, useRef } from 'htm/preact/standalone';
import { useWords } from './language.ts';

/** Which keys do what. */
export function Help({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement | null>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const keys = [
    ['j k', t.help.next],
    ['Enter', t.help.enter],
    ['/', t.help.search],
    ['Space', t.help.play],
    ['← →', t.help.step],
    ['?', t.help.this],
  ] as const;
  return html`<dialog ref=${dialog} class="help" aria-labelledby="help" onClose=${onClose}>
    <h2 id="help">${t.help.title}</h2>
    <dl>
      ${keys.map(
        ([names, words]) =>
          html`<div key=${names}>
            <dt>${names.split(' ').map((name) => html`<kbd key=${name}>${name}</kbd>`)}</dt>
            <dd>${words}</dd>
          </div>`,
      )}
    </dl>
    <button type="button" onClick=${onClose}>${t.help.close}</button>
  </dialog>`;
}
