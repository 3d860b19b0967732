import { html } from 'htm/preact/standalone';
import { useWords } from './language.ts';
import { Refusal } from './load.ts';

/** Why something did not work, in the reader's language. */
export function Trouble({ error }: { readonly error: unknown }) {
  const { t, fault } = useWords();
  if (error === undefined) return null;
  const code = error instanceof Refusal ? error.code : 'UNEXPECTED';
  return html`<p role="alert" class="trouble">${code === 'silent' ? t.noAnswer : fault(code)}</p>`;
}
