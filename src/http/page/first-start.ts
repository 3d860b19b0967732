import { html } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import { useWords } from './language.ts';
import { runDemonstration } from './load.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

/** How studies come here: by sending, by watching an archive, or a demonstration at a click. */
export function FirstStart({ about, isEmpty }: { readonly about: AboutDocument; readonly isEmpty: boolean }) {
  const { t } = useWords();
  return html`<article class="start">
    <header>
      <h1>${isEmpty ? t.connect.first : t.connect.title}</h1>
      <p class="lead">${t.connect.lead}</p>
    </header>
    ${about.demonstration && html`<${Demonstration} isFirst=${isEmpty} />`}
    <div class="ways">
      <${Send} about=${about} />
      <${Watch} about=${about} />
    </div>
  </article>`;
}

function Demonstration({ isFirst }: { readonly isFirst: boolean }) {
  const { t } = useWords();
  const { isBusy, error, run } = useTask();
  const start = () =>
    run(async () => {
      const { study } = await runDemonstration();
      location.hash = `#/study/${study}`;
    });
  return html`<section class="way demonstration" aria-labelledby="demonstration">
    <div>
      <h2 id="demonstration">${t.connect.see}</h2>
      <p>${t.connect.demo}</p>
      <${Trouble} error=${error} />
    </div>
    <button type="button" class=${isFirst ? 'primary' : ''} disabled=${isBusy} aria-busy=${isBusy} onClick=${start}>
      ${isBusy ? t.connect.running : t.connect.run}
    </button>
  </section>`;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];
const everywhere = ['0.0.0.0', '::'];

function Send({ about: { dimse } }: { readonly about: AboutDocument }) {
  const { t } = useWords();
  const host = everywhere.includes(dimse.host) ? location.hostname : dimse.host;
  return html`<section class="way" aria-labelledby="send">
    <h2 id="send">${t.connect.send}</h2>
    <p>${t.connect.values}</p>
    <dl class="address">
      <div>
        <dt>${t.connect.aeTitle}</dt>
        <dd>${dimse.aeTitle}</dd>
      </div>
      <div>
        <dt>${t.connect.host}</dt>
        <dd>${host}</dd>
      </div>
      <div>
        <dt>${t.connect.port}</dt>
        <dd>${dimse.port}</dd>
      </div>
    </dl>
    ${loopback.includes(dimse.host) && html`<p class="note">${t.connect.local}</p>`}
    <p>${t.connect.command}</p>
    <pre><code>npx apical send FILE… --to ${dimse.aeTitle}@${host}:${dimse.port}</code></pre>
  </section>`;
}

function Watch({ about: { archives, destinations } }: { readonly about: AboutDocument }) {
  const { t } = useWords();
  const names = (some: readonly string[]) =>
    html`<ul class="names">
      ${some.map((name) => html`<li key=${name}>${name}</li>`)}
    </ul>`;
  return html`<section class="way" aria-labelledby="watch">
    <h2 id="watch">${t.connect.watch}</h2>
    ${
      archives.length > 0
        ? html`<p>${t.connect.watched}</p>
            ${names(archives)}`
        : html`<p>${t.connect.unwatched}</p>
            <pre><code>archives:
  - name: PACS
    url: http://pacs:8042/dicom-web</code></pre>`
    }
    ${
      destinations.length > 0
        ? html`<p>${t.connect.results}</p>
            ${names(destinations)}`
        : html`<p class="note">${t.connect.stay}</p>`
    }
  </section>`;
}
