import { html } from 'htm/preact/standalone';

/** Where a similarity stands among those of the calibration; the words beside it say the same. */
export function Percentile({ value }: { readonly value: number | undefined }) {
  if (value === undefined) return null;
  return html`<svg class="percentile" viewBox="0 0 104 8" aria-hidden="true">
    <rect x="2" y="3" width="100" height="2" rx="1" />
    <circle cx=${2 + value} cy="4" r="3" />
  </svg>`;
}
