import { html, render, useEffect, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { StudyPage } from '#http/api/study';
import { FirstStart } from './first-start.ts';
import { type Live, useLive } from './live.ts';
import { loadAbout, loadStudies } from './load.ts';
import { StudyList } from './study-list.ts';
import { StudyView } from './study-view.ts';

type Route =
  { readonly kind: 'home' } | { readonly kind: 'connect' } | { readonly kind: 'study'; readonly study: string };

function routeOf(hash: string): Route {
  const [, study] = /^#\/study\/([\d.]+)$/.exec(hash) ?? [];
  if (study !== undefined) return { kind: 'study', study };
  return { kind: hash === '#/connect' ? 'connect' : 'home' };
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

const pageSize = 25;

function useStudies(changes: number) {
  const [limit, setLimit] = useState(pageSize);
  const [page, setPage] = useState<StudyPage | undefined>(undefined);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let isWanted = true;
    loadStudies(limit).then(
      (found) => {
        if (!isWanted) return;
        setPage(found);
        setTrouble('');
      },
      (error: Error) => void (isWanted && setTrouble(error.message)),
    );
    return () => {
      isWanted = false;
    };
  }, [limit, changes]);
  const onMore = page?.next === undefined ? undefined : () => setLimit(limit + pageSize);
  return { studies: page?.studies, trouble, onMore };
}

function App() {
  const live = useLive();
  const route = useRoute();
  const { studies, trouble, onMore } = useStudies(live.changes);
  const [about, setAbout] = useState<AboutDocument | undefined>(undefined);
  useEffect(() => {
    loadAbout().then(setAbout, () => undefined);
  }, [live.connected]);

  const isEmpty = studies?.length === 0;
  const selected = route.kind === 'study' ? route.study : route.kind === 'home' ? studies?.[0]?.study : undefined;
  return html`<${Top} about=${about} live=${live} />
    <main id="content" tabindex="-1" data-route=${isEmpty && route.kind === 'home' ? 'connect' : route.kind}>
      ${
        studies &&
        !isEmpty &&
        html`<div class="side">
          <${StudyList} studies=${studies} selected=${selected} clipsRead=${live.clipsRead} onMore=${onMore} />
          <${Troubles} live=${live} />
        </div>`
      }
      <div class="main">
        ${trouble && html`<p role="alert" class="trouble">${trouble}</p>`}
        ${selected !== undefined && html`<${StudyView} study=${selected} live=${live} />`}
        ${selected === undefined && about && studies && html`<${FirstStart} about=${about} isEmpty=${isEmpty} />`}
        ${isEmpty && html`<${Troubles} live=${live} />`}
      </div>
    </main>`;
}

/** The name, the state of the connection, and what must never be out of sight. */
function Top({ about, live }: { readonly about: AboutDocument | undefined; readonly live: Live }) {
  return html`<header class="top">
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    ${about?.phantomOnly && html`<p class="phantom" role="note">Phantom model: not for patients</p>`}
    <div class="bar">
      <a class="name" href="#/"><img src="/page/icon.svg" alt="" width="24" height="24" />Apical</a>
      <p class="research" role="note">For research use only. Not a medical device.</p>
      <span class=${live.connected ? 'live is-on' : 'live'} role="status"
        >${live.connected ? 'Live' : 'Connecting…'}</span
      >
      ${
        about &&
        html`<span class="connect">
          ${`${about.dimse.aeTitle}, port ${about.dimse.port}`}<a href="#/connect">Connect</a>
        </span>`
      }
    </div>
  </header>`;
}

/** Moves the focus, not the address: that names what is shown. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function Troubles({ live: { troubles } }: { readonly live: Live }) {
  if (troubles.length === 0) return null;
  return html`<section class="troubles" aria-labelledby="troubles">
    <h2 id="troubles">Lately refused</h2>
    <ul>
      ${troubles.map(({ id, words }) => html`<li key=${id}>${words}</li>`)}
    </ul>
  </section>`;
}

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(html`<${App} />`, root);
}
