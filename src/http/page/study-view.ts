import { html, useEffect, useState } from 'htm/preact/standalone';
import type { PictureShown, StudyDetail } from '#http/api/study';
import { Cine } from './cine.ts';
import { Clips, readingWords } from './clips.ts';
import { Documents } from './documents.ts';
import { Findings } from './findings.ts';
import type { Live } from './live.ts';
import { loadStudy } from './load.ts';
import { Progress } from './progress.ts';
import { StateChip, usePatient } from './study-list.ts';
import { momentWords } from './words.ts';

/** One study: who, what was found, on which pixels it stands, what was written and where it arrived. */
export function StudyView({ study, live }: { readonly study: string; readonly live: Live }) {
  const [detail, setDetail] = useState<StudyDetail | undefined>(undefined);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let isWanted = true;
    loadStudy(study).then(
      (found) => {
        if (!isWanted) return;
        setDetail(found);
        setTrouble('');
      },
      (error: Error) => void (isWanted && setTrouble(error.message)),
    );
    return () => {
      isWanted = false;
    };
  }, [study, live.changes]);
  if (trouble !== '') return html`<p role="alert" class="trouble">${trouble}</p>`;
  if (detail?.study !== study) return html`<p class="loading" role="status">Loading…</p>`;
  return html`<${Loaded} key=${study} detail=${detail} live=${live} />`;
}

interface OnStage {
  readonly picture: PictureShown;
  readonly title: string;
  readonly caption: string;
}

function Loaded({ detail, live }: { readonly detail: StudyDetail; readonly live: Live }) {
  const { assessment, clips, documents } = detail;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const stages = stagesOf(detail);
  const overlays = new Map(
    documents.flatMap(({ findingId, sopInstance, current, picture }) =>
      findingId !== undefined && current && picture ? [[findingId, () => setChosen(sopInstance)] as const] : [],
    ),
  );
  const drawn = documents.filter(({ current, picture }) => current && picture);
  const order = assessment?.findings.map(({ id }) => id) ?? [];
  const [first] = drawn.toSorted((a, b) => order.indexOf(a.findingId ?? '') - order.indexOf(b.findingId ?? ''));
  const stage = stages.get(chosen ?? first?.sopInstance ?? clips[0]?.sopInstance ?? '');
  return html`<article>
    <${Heading} detail=${detail} />
    ${detail.state !== 'assessed' && html`<${Progress} detail=${detail} clipsRead=${live.clipsRead.get(detail.study) ?? 0} />`}
    <div class="columns">
      <div class="reading">
        ${assessment && html`<${Findings} assessment=${assessment} overlays=${overlays} />`}
        <${Documents} documents=${documents} />
      </div>
      ${stage && html`<${Stage} stage=${stage} />`}
    </div>
    <${Clips} clips=${clips} onShow=${({ sopInstance }: { sopInstance: string }) => setChosen(sopInstance)} />
    ${assessment && html`<${Provenance} detail=${detail} />`}
  </article>`;
}

/** Everything that can be looked at, by SOP Instance UID. */
function stagesOf({ clips, documents, assessment }: StudyDetail): ReadonlyMap<string, OnStage> {
  const stages = new Map<string, OnStage>();
  for (const { sopInstance, picture, reading } of clips)
    if (picture) stages.set(sopInstance, { picture, title: 'Source clip', caption: readingWords(reading) });
  for (const { sopInstance, picture, findingId, title } of documents) {
    const finding = assessment?.findings.find(({ id }) => id === findingId);
    const sentence = finding && finding.kind !== 'not-assessed' ? finding.evidence.sentence.trim() : '';
    const caption = sentence === '' ? title : `Where “${sentence}” is seen`;
    if (picture) stages.set(sopInstance, { picture, title: `PromptCAM overlay: ${finding?.title ?? title}`, caption });
  }
  return stages;
}

function Stage({ stage: { picture, title, caption } }: { readonly stage: OnStage }) {
  return html`<figure class="stage">
    <${Cine} key=${picture.rendered} picture=${picture} label=${`${title}. ${caption}`} />
    <figcaption><strong>${title}</strong> <span>${caption}</span></figcaption>
  </figure>`;
}

function Heading({ detail }: { readonly detail: StudyDetail }) {
  const patient = usePatient(detail);
  const name = patient?.name || (patient ? 'No name' : 'Patient');
  useEffect(() => {
    document.title = `${name} – Apical`;
  }, [name]);
  const facts = [
    patient?.id && ['Patient ID', patient.id],
    patient?.birthDate && ['Born', patient.birthDate],
    patient?.sex && ['Sex', patient.sex],
    patient?.studyDate && ['Study date', patient.studyDate],
    patient?.description && ['Description', patient.description],
    ['Arrived', momentWords(detail.lastArrivalAt)],
  ].filter((fact) => Array.isArray(fact));
  return html`<header class="patient">
    <a class="back" href="#/">← Studies</a>
    <h1>${name} <${StateChip} study=${detail} /></h1>
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

/** Which model spoke, enough to run the same again. */
function Provenance({ detail: { assessment, study } }: { readonly detail: StudyDetail }) {
  if (!assessment) return null;
  const models = [assessment.model, assessment.viewModel];
  return html`<footer class="provenance">
    <h2>How this came about</h2>
    <dl>
      ${models.map(
        ({ id, name, version, provider, digest, phantomOnly }) =>
          html`<div key=${id}>
            <dt>${name} ${version}</dt>
            <dd>
              ${`${phantomOnly ? 'phantoms only, ' : ''}on ${provider}, digest `}<code>${digest.slice(0, 12)}</code>
            </dd>
          </div>`,
      )}
      <div>
        <dt>Revision ${assessment.revision}</dt>
        <dd>of objects that had arrived by ${momentWords(assessment.settledAt)}</dd>
      </div>
      <div>
        <dt>Study Instance UID</dt>
        <dd><code>${study}</code></dd>
      </div>
    </dl>
  </footer>`;
}
