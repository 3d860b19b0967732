import { html, render, useEffect, useState } from 'htm/preact/standalone';
import { useChoice } from './choice.ts';
import { FirstStart } from './first-start.ts';
import { Help } from './help.ts';
import { useKeys } from './keys.ts';
import { chooseLanguage, Language } from './language.ts';
import { useLive } from './live.ts';
import { loadAbout } from './load.ts';
import { useLoaded } from './loaded.ts';
import { StudyList } from './study-list.ts';
import { StudyView } from './study-view.ts';
import { System } from './system.ts';
import { Top } from './top.ts';
import { Trouble } from './trouble.ts';
import { Troubles } from './troubles.ts';
import { wordsIn } from './words.ts';
import { useWorklist } from './worklist.ts';

type Route = { readonly kind: 'home' | 'connect' | 'system' } | { readonly kind: 'study'; readonly study: string };

function routeOf(hash: string): Route {
  const [, study] = /^#\/study\/([\d.]+)$/.exec(hash) ?? [];
  if (study !== undefined) return { kind: 'study', study };
  return { kind: hash === '#/connect' ? 'connect' : hash === '#/system' ? 'system' : 'home' };
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

function App() {
  const live = useLive();
  const route = useRoute();
  const [code, setCode] = useChoice('language');
  const [theme, setTheme] = useChoice('theme');
  const [isHelping, setHelping] = useState(false);
  const texts = chooseLanguage(code, navigator.languages);
  const worklist = useWorklist(live.changes);
  const { value: about } = useLoaded(loadAbout, [live.connected]);
  useEffect(() => {
    document.documentElement.lang = texts.code;
    document.documentElement.dataset['theme'] = theme ?? 'auto';
  }, [texts, theme]);
  useKeys({ '?': () => setHelping(true) }, []);

  const { studies, isEmpty } = worklist;
  const selected = route.kind === 'study' ? route.study : route.kind === 'home' ? studies?.[0]?.study : undefined;
  const isStarting = route.kind === 'connect' || (isEmpty && route.kind !== 'system' && route.kind !== 'study');
  const shown = isStarting ? 'connect' : route.kind;
  const hasList = studies !== undefined && !isEmpty && (shown === 'home' || shown === 'study');
  return html`<${Language.Provider} value=${wordsIn(texts, navigator.languages)}>
    <${Top}
      about=${about}
      live=${live}
      route=${shown}
      theme=${theme ?? 'auto'}
      onTheme=${setTheme}
      onLanguage=${setCode}
      onHelp=${() => setHelping(true)}
    />
    <main id="content" tabindex="-1" data-route=${shown}>
      ${
        hasList &&
        html`<div class="side">
          <${StudyList} worklist=${worklist} selected=${selected} clipsRead=${live.clipsRead} />
          <${Troubles} live=${live} />
        </div>`
      }
      <div class="main">
        <${Trouble} error=${worklist.error} />
        ${shown === 'system' && html`<${System} about=${about} changes=${live.changes} />`}
        ${isStarting && about && studies && html`<${FirstStart} about=${about} isEmpty=${isEmpty} />`}
        ${!isStarting && selected !== undefined && html`<${StudyView} study=${selected} live=${live} about=${about} />`}
        ${isEmpty && html`<${Troubles} live=${live} />`}
      </div>
    </main>
    <${Help} isOpen=${isHelping} onClose=${() => setHelping(false)} />
  <//>`;
}

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  render(html`<${App} />`, root);
}
