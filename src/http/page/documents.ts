import { html } from 'htm/preact/standalone';
import type { DeliveryShown, DocumentShown } from '#http/api/study';
import { momentWords, plural } from './words.ts';

/** What was written, where it arrived, and the files themselves. */
export function Documents({ documents }: { readonly documents: readonly DocumentShown[] }) {
  if (documents.length === 0) return null;
  const current = documents.filter((document) => document.current);
  const earlier = documents.filter((document) => !document.current);
  return html`<section aria-labelledby="documents">
    <h2 id="documents">Documents</h2>
    <ul class="documents">
      ${current.map((document) => html`<${Written} key=${document.sopInstance} document=${document} />`)}
    </ul>
    ${
      earlier.length > 0 &&
      html`<details>
        <summary>Earlier revisions (${earlier.length})</summary>
        <ul class="documents">
          ${earlier.map((document) => html`<${Written} key=${document.sopInstance} document=${document} />`)}
        </ul>
      </details>`
    }
  </section>`;
}

function Written({ document }: { readonly document: DocumentShown }) {
  const { title, words, revision, download, deliveries, sopInstance } = document;
  return html`<li>
    <div class="document">
      <strong>${title}</strong>
      <span class="how">${words}, revision ${revision}</span>
    </div>
    <ul class="deliveries" aria-label=${`Where it is: ${title}`}>
      <li class="chip delivered">Built-in archive</li>
      ${deliveries.map((delivery) => html`<${Arrival} key=${delivery.destination} delivery=${delivery} />`)}
    </ul>
    <a class="button" href=${download} download=${`${sopInstance}.dcm`} aria-label=${`Download: ${title}, ${words}`}>
      Download
    </a>
  </li>`;
}

function Arrival({ delivery }: { readonly delivery: DeliveryShown }) {
  const { destination, state, at } = delivery;
  return html`<li class=${`chip ${state}`} title=${momentWords(at)}>${destination}: ${deliveryWords(delivery)}</li>`;
}

const proofWords = { committed: 'the archive vouches for it', 'read-back': 'read back and the same' } as const;

/** How the writing back stands, in words. */
export function deliveryWords({ state, attempts, fault, proof }: DeliveryShown): string {
  switch (state) {
    case 'delivered':
      return proof ? `delivered, ${proofWords[proof]}` : 'delivered';
    case 'waiting':
      return fault ? `waiting, tried ${plural(attempts, 'time')}. ${fault.sentence}` : 'on its way';
    case 'withheld':
      return fault ? `not sent. ${fault.sentence}` : 'withheld, phantom results stay here';
    case 'dead':
      return `given up after ${plural(attempts, 'attempt')}. ${fault?.sentence ?? ''}`;
  }
}
