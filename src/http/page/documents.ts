import { html } from 'htm/preact/standalone';
import type { DeliveryShown, DocumentShown } from '#http/api/study';
import { useWords } from './language.ts';
import { sendAgain } from './load.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

interface DocumentsProps {
  readonly documents: readonly DocumentShown[];
  readonly canAct: boolean;
}

/** What was written, where it arrived, and the files themselves. */
export function Documents({ documents, canAct }: DocumentsProps) {
  const { t } = useWords();
  if (documents.length === 0) return null;
  const list = (some: readonly DocumentShown[]) =>
    html`<ul class="documents">
      ${some.map((document) => html`<${Written} key=${document.sopInstance} document=${document} canAct=${canAct} />`)}
    </ul>`;
  const earlier = documents.filter(({ current }) => !current);
  return html`<section class="panel" aria-labelledby="documents">
    <h2 id="documents">${t.documents.title}</h2>
    ${list(documents.filter(({ current }) => current))}
    ${
      earlier.length > 0 &&
      html`<details>
        <summary>${t.documents.earlier(earlier.length)}</summary>
        ${list(earlier)}
      </details>`
    }
  </section>`;
}

function Written({ document, canAct }: { readonly document: DocumentShown; readonly canAct: boolean }) {
  const { t } = useWords();
  const { title, kind, revision, download, deliveries, sopInstance } = document;
  const words = t.field.documents[kind];
  return html`<li>
    <div class="document">
      <strong lang="en">${title}</strong>
      <span class="how">${words}, ${t.documents.revision(revision)}</span>
    </div>
    <ul class="deliveries" aria-label=${t.documents.where(title)}>
      <li class="chip delivered">${t.documents.own}</li>
      ${deliveries.map(
        (delivery) =>
          html`<${Arrival}
            key=${delivery.destination}
            delivery=${delivery}
            document=${sopInstance}
            canSend=${canAct}
          />`,
      )}
    </ul>
    <a
      class="button"
      href=${download}
      download=${`${sopInstance}.dcm`}
      aria-label=${`${t.documents.download}: ${title}, ${words}`}
    >
      ${t.documents.download}
    </a>
  </li>`;
}

interface ArrivalProps {
  readonly delivery: DeliveryShown;
  readonly document: string;
  readonly canSend: boolean;
}

function Arrival({ delivery, document, canSend }: ArrivalProps) {
  const { t, moment, fault: why } = useWords();
  const task = useTask();
  const { destination, state, attempts, fault, proof, at } = delivery;
  const more = [
    proof && t.field.proofs[proof],
    state !== 'delivered' && attempts > 0 && t.documents.tried(attempts),
    fault && why(fault.code),
  ].filter(Boolean);
  const canRepeat = canSend && (state === 'delivered' || state === 'dead');
  return html`<li class=${`chip ${state}`} title=${moment(at)}>
    ${destination}: ${t.field.deliveries[state]}${more.length > 0 ? `, ${more.join(', ')}` : ''}
    ${
      canRepeat &&
      html`<button
        type="button"
        class="link"
        disabled=${task.isBusy}
        aria-label=${`${t.documents.again}: ${destination}`}
        onClick=${() => task.run(() => sendAgain(document, destination))}
      >
        ${t.documents.again}
      </button>`
    }
    <${Trouble} error=${task.error} />
  </li>`;
}
