import { html, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import { runDemonstration } from './load.ts';

/** How studies come here: by sending, by watching an archive, or a demonstration at a click. */
export function FirstStart({ about, isEmpty }: { readonly about: AboutDocument; readonly isEmpty: boolean }) {
  return html`<article class="start">
    <header>
      <a class="back" href="#/">← Studies</a>
      <h1>${isEmpty ? 'No study has arrived yet' : 'Bring studies here'}</h1>
      <p class="lead">
        Echocardiograms are sent here over DICOM or fetched from an archive. What the models find goes back as a
        structured report and as overlays.
      </p>
    </header>
    ${about.demonstration && html`<${Demonstration} isFirst=${isEmpty} />`}
    <div class="ways">
      <${Send} about=${about} />
      <${Watch} about=${about} />
    </div>
  </article>`;
}

function Demonstration({ isFirst }: { readonly isFirst: boolean }) {
  const [state, setState] = useState<'idle' | 'running'>('idle');
  const [trouble, setTrouble] = useState('');
  const run = () => {
    setState('running');
    setTrouble('');
    runDemonstration().then(
      ({ study }) => {
        setState('idle');
        location.hash = `#/study/${study}`;
      },
      (error: Error) => {
        setState('idle');
        setTrouble(error.message);
      },
    );
  };
  const isRunning = state === 'running';
  return html`<section class="way demonstration" aria-labelledby="demonstration">
    <div>
      <h2 id="demonstration">See it work</h2>
      <p>A made-up study of a moving phantom is sent to this agent, looked at, and reported, within a minute or two.</p>
      ${trouble && html`<p role="alert" class="trouble">${trouble}</p>`}
    </div>
    <button type="button" class=${isFirst ? 'primary' : ''} disabled=${isRunning} aria-busy=${isRunning} onClick=${run}>
      ${isRunning ? 'Making and sending it…' : 'Run a demonstration study'}
    </button>
  </section>`;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];
const everywhere = ['0.0.0.0', '::'];

function Send({ about: { dimse } }: { readonly about: AboutDocument }) {
  const isLocal = loopback.includes(dimse.host);
  const host = everywhere.includes(dimse.host) ? location.hostname : dimse.host;
  return html`<section class="way" aria-labelledby="send">
    <h2 id="send">Send from a modality or an archive</h2>
    <p>Set up a DICOM storage destination with these values:</p>
    <dl class="address">
      <div>
        <dt>AE title</dt>
        <dd>${dimse.aeTitle}</dd>
      </div>
      <div>
        <dt>Host</dt>
        <dd>${host}</dd>
      </div>
      <div>
        <dt>Port</dt>
        <dd>${dimse.port}</dd>
      </div>
    </dl>
    ${
      isLocal &&
      html`<p class="note">
        For now this machine alone can send. To let others in, set <code>dimse.host</code> in the configuration, for
        instance to <code>0.0.0.0</code>.
      </p>`
    }
    <p>Files that lie here are sent from the command line:</p>
    <pre><code>npx apical send FILE… --to ${dimse.aeTitle}@${host}:${dimse.port}</code></pre>
  </section>`;
}

function Watch({ about: { archives, destinations } }: { readonly about: AboutDocument }) {
  return html`<section class="way" aria-labelledby="watch">
    <h2 id="watch">Watch an archive</h2>
    ${
      archives.length > 0
        ? html`<p>New ultrasound studies are fetched from:</p>
            <ul class="names">
              ${archives.map((name) => html`<li key=${name}>${name}</li>`)}
            </ul>`
        : html`<p>No archive is watched yet. Name one that speaks DICOMweb in the configuration:</p>
            <pre><code>archives:
  - name: PACS
    url: http://pacs:8042/dicom-web</code></pre>`
    }
    ${
      destinations.length > 0
        ? html`<p>Results go to:</p>
            <ul class="names">
              ${destinations.map((name) => html`<li key=${name}>${name}</li>`)}
            </ul>`
        : html`<p class="note">
            Results stay in the built-in archive, under <code>/dicom-web</code>, until <code>destinations</code> are
            set.
          </p>`
    }
  </section>`;
}
