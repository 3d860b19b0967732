import { html, useEffect } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { StudyDetail } from '#http/api/study';
import { useWords } from './language.ts';
import { assessAgain } from './load.ts';
import { usePatient } from './patient.ts';
import { StateChip } from './study-list.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

interface HeadingProps {
  readonly detail: StudyDetail;
  readonly about: AboutDocument;
  readonly canAct: boolean;
}

/** Whose study it is, and what one may do with it as a whole. */
export function Heading({ detail, about, canAct }: HeadingProps) {
  const { t, date, moment } = useWords();
  const task = useTask();
  const patient = usePatient(detail);
  const name = patient?.name || (patient ? t.list.noName : '…');
  useEffect(() => {
    document.title = `${name} – Apical`;
  }, [name]);
  const facts = (
    [
      [t.study.patientId, patient?.id],
      [t.study.born, patient && date(patient.birthDate)],
      [t.study.sex, patient?.sex],
      [t.study.date, patient && date(patient.studyDate)],
      [t.study.description, patient?.description],
      [t.study.arrived, moment(detail.lastArrivalAt)],
    ] as const
  ).filter(([, value]) => value);
  const isAtRest = detail.state === 'assessed' || detail.state === 'set-aside';
  const viewer = about.viewerUrl?.replaceAll('{StudyInstanceUID}', encodeURIComponent(detail.study));
  return html`<header class="patient">
    <a class="back" href="#/">${t.study.back}</a>
    <div class="title">
      <h1 tabindex="-1">${name}</h1>
      ${detail.triage && html`<span class=${`mark ${detail.triage.priority}`}>${t.priority[detail.triage.priority]}</span>`}
      <${StateChip} study=${detail} />
      <span class="actions">
        ${viewer !== undefined && html`<a class="button" href=${viewer} target="_blank" rel="noreferrer noopener">${t.study.viewer}</a>`}
        ${canAct && isAtRest && html`<button type="button" disabled=${task.isBusy} onClick=${() => task.run(() => assessAgain(detail.study))}>${t.study.again}</button>`}
      </span>
    </div>
    <${Trouble} error=${task.error} />
    <dl>
      ${facts.map(
        ([term, value]) =>
          html`<div key=${term}>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}
