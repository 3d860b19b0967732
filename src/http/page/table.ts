import { html } from 'htm/preact/standalone';

interface TableProps {
  readonly id: string;
  readonly title: string;
  readonly head?: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly empty: string;
}

/** A card with a table; the first column says what its line is about. */
export function Table({ id, title, head, rows, empty }: TableProps) {
  return html`<section class="panel" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    ${
      rows.length === 0
        ? html`<p class="note">${empty}</p>`
        : html`<div class="scroll" tabindex="0" role="group" aria-labelledby=${id}>
            <table class="figures">
              ${
                head &&
                html`<thead>
                  <tr>
                    ${head.map((words, at) => (words === '' ? html`<td key=${at}></td>` : html`<th key=${at} scope="col">${words}</th>`))}
                  </tr>
                </thead>`
              }
              <tbody>
                ${rows.map(
                  ([first, ...rest], row) =>
                    html`<tr key=${row}>
                      <th scope="row">${first}</th>
                      ${rest.map((cell, at) => html`<td key=${at}>${cell}</td>`)}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}
