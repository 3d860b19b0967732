import { html, useEffect, useState } from 'htm/preact/standalone';
import type { StudyListed } from '#http/api/study';
import { loadPatient, type Patient } from './load.ts';
import { plural, quantity, stateWords } from './words.ts';

interface ListProps {
  readonly studies: readonly StudyListed[];
  readonly selected: string | undefined;
  readonly clipsRead: ReadonlyMap<string, number>;
  readonly onMore: (() => void) | undefined;
}

/** The studies, newest first; arrow keys go up and down. */
export function StudyList({ studies, selected, clipsRead, onMore }: ListProps) {
  return html`<nav class="list" aria-label="Studies" onKeyDown=${step}>
    <ul>
      ${studies.map(
        (study) =>
          html`<li key=${study.study}>
            <a href=${`#/study/${study.study}`} aria-current=${study.study === selected ? 'true' : undefined}>
              <${PatientLine} study=${study} />
              <${StudyLine} study=${study} clipsRead=${clipsRead.get(study.study) ?? 0} />
            </a>
          </li>`,
      )}
    </ul>
    ${onMore && html`<button type="button" class="more" onClick=${onMore}>Show older studies</button>`}
  </nav>`;
}

function step(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** The patient of a study, once the archive has said who it is. */
export function usePatient({ study, instances }: StudyListed): Patient | undefined {
  const [patient, setPatient] = useState<Patient | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    setPatient(undefined);
    const show = (found: Patient | undefined) => void (isWanted && setPatient(found));
    loadPatient(study).then(show, () => show(undefined));
    return () => {
      isWanted = false;
    };
  }, [study, instances === 0]);
  return patient;
}

function PatientLine({ study }: { readonly study: StudyListed }) {
  const patient = usePatient(study);
  return html`<span class="who">
      <strong>${patient?.name || (patient ? 'No name' : '…')}</strong>
      <${StateChip} study=${study} />
    </span>
    <span class="when">${[patient?.id, patient?.studyDate].filter(Boolean).join(' · ')}</span>`;
}

/** The state of a study; that nothing could be analysed is a state like others. */
export function StateChip({ study }: { readonly study: StudyListed }) {
  return html`<span class=${`chip ${study.state}`}>${stateWords(study)}</span>`;
}

function StudyLine({ study, clipsRead }: { readonly study: StudyListed; readonly clipsRead: number }) {
  const { state, summary, instances, fault } = study;
  if (state === 'receiving') return html`<span class="what">${plural(instances, 'object')} so far</span>`;
  if (state === 'set-aside') return html`<span class="what">${fault?.sentence}</span>`;
  if (state === 'assessing')
    return html`<span class="what">${clipsRead} of ${plural(instances, 'object')} looked at</span>`;
  if (!summary) return null;
  const { measured, notable, notAssessed, assessed } = summary;
  const values = measured.map(({ title, value, unit }) => `${title} ${quantity(value, unit)}`);
  return html`<span class="what">
    ${values.map((words) => html`<span>${words}</span>`)}
    ${notable.map((words) => html`<span class="notable">${words}</span>`)}
    ${notAssessed > 0 && html`<span>${assessed === 0 ? 'Nothing assessed' : `${notAssessed} not assessed`}</span>`}
  </span>`;
}
