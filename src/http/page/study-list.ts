import { html, useEffect } from 'htm/preact/standalone';
import type { StudyListed } from '#http/api/study';
import { Filters } from './filters.ts';
import { useKeys } from './keys.ts';
import { useWords } from './language.ts';
import { usePatient } from './patient.ts';
import { Reasons } from './reasons.ts';
import type { Worklist } from './worklist.ts';

interface ListProps {
  readonly worklist: Worklist;
  readonly selected: string | undefined;
  readonly clipsRead: ReadonlyMap<string, number>;
}

/** The studies, in the order in which they are to be read; j and k, and the arrows, go down and up. */
export function StudyList({ worklist, selected, clipsRead }: ListProps) {
  const { t } = useWords();
  const { studies = [], onMore } = worklist;
  const go = (by: number) => () => {
    const index = studies.findIndex(({ study }) => study === selected);
    const next = studies[Math.min(studies.length - 1, Math.max(0, index + by))];
    if (next) location.hash = `#/study/${next.study}`;
  };
  const enter = () => document.querySelector<HTMLElement>('article h1')?.focus();
  const search = () => document.getElementById('search')?.focus();
  useKeys({ j: go(1), k: go(-1), Enter: enter, '/': search }, [studies, selected]);
  useEffect(() => {
    document.querySelector('.list [aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return html`<nav class="list" aria-label=${t.list.label} onKeyDown=${step}>
    <${Filters} worklist=${worklist} />
    ${studies.length === 0 && html`<p class="calm">${t.list.none}</p>`}
    <ul>
      ${studies.map(
        (study) =>
          html`<li
            key=${study.study}
            class=${`entry ${study.triage?.priority ?? 'MEDIUM'} ${study.decided ? 'is-decided' : ''}`}
          >
            <a href=${`#/study/${study.study}`} aria-current=${study.study === selected ? 'true' : undefined}>
              <${Entry} study=${study} clipsRead=${clipsRead.get(study.study) ?? 0} />
            </a>
          </li>`,
      )}
    </ul>
    ${onMore && html`<button type="button" class="more" onClick=${onMore}>${t.list.more}</button>`}
  </nav>`;
}

function step(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = by === undefined || at < 0 ? undefined : links[at + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Entry({ study, clipsRead }: { readonly study: StudyListed; readonly clipsRead: number }) {
  const { t, clock, date } = useWords();
  const patient = usePatient(study);
  const priority = study.triage?.priority;
  return html`<span class="who">
      <strong>${patient?.name || (patient ? t.list.noName : '…')}</strong>
      ${priority === 'HIGH' && html`<span class="mark HIGH">${t.priority.HIGH}</span>`}
      <time datetime=${study.lastArrivalAt}>${clock(study.lastArrivalAt)}</time>
    </span>
    <span class="when">
      <span>${[patient?.id, patient && date(patient.studyDate)].filter(Boolean).join(' · ')}</span>
      <${StateChip} study=${study} />
    </span>
    <${Reasons} triage=${study.triage} />
    <${Summary} study=${study} clipsRead=${clipsRead} />`;
}

/** The state of a study, or what was decided; that nothing could be analysed is a state like others. */
export function StateChip({ study }: { readonly study: StudyListed }) {
  const { t, state } = useWords();
  if (study.decided) return html`<span class="chip decided">${t.field.verdicts[study.decided]}</span>`;
  return html`<span class=${`chip ${study.state}`}>${state(study)}</span>`;
}

const notableMax = 3;

function Summary({ study, clipsRead }: { readonly study: StudyListed; readonly clipsRead: number }) {
  const { t, quantity, short, finding, answer, fault } = useWords();
  const { state, summary, instances, fault: why } = study;
  if (state === 'set-aside') return html`<span class="what">${fault(why?.code ?? 'UNEXPECTED')}</span>`;
  if (state === 'assessing')
    return html`<span class="what"
      >${clipsRead > 0 ? t.list.looked(clipsRead, instances) : t.list.objects(instances)}</span
    >`;
  if (!summary) return html`<span class="what">${t.list.objects(instances)}</span>`;
  const { measured, notable, notAssessed, assessed } = summary;
  if (assessed === 0) return html`<span class="what">${t.list.nothing}</span>`;
  const rest = notable.length - notableMax;
  return html`<span class="what">
    <span class="values"
      >${measured.map((one) => html`<span key=${one.id}>${short(one)} <b>${quantity(one.value, one.unit)}</b></span>`)}</span
    >
    ${notable
      .slice(0, notableMax)
      .map((one) => html`<span key=${one.id} class="notable">${finding(one)}: ${answer(one.answer)}</span>`)}
    ${
      (rest > 0 || notAssessed > 0) &&
      html`<span class="rest"
        >${[rest > 0 && t.list.rest(rest), notAssessed > 0 && t.list.notAssessed(notAssessed)].filter(Boolean).join(' · ')}</span
      >`
    }
  </span>`;
}
