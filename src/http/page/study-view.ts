import { html, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { StudyDetail } from '#http/api/study';
import { Ask } from './ask.ts';
import { Clips } from './clips.ts';
import { Decide } from './decide.ts';
import { Documents } from './documents.ts';
import { Findings } from './findings.ts';
import { Heading } from './heading.ts';
import type { Live } from './live.ts';
import { useWords } from './language.ts';
import { loadStudy } from './load.ts';
import { useLoaded } from './loaded.ts';
import { Origin } from './origin.ts';
import { Progress } from './progress.ts';
import { Reasons } from './reasons.ts';
import { Stage, type OnStage } from './stage.ts';
import { Trouble } from './trouble.ts';

interface ViewProps {
  readonly study: string;
  readonly live: Live;
  readonly about: AboutDocument | undefined;
}

/** One study: who, what was found, on which pixels it stands, what was written and where it arrived. */
export function StudyView({ study, live, about }: ViewProps) {
  const { t } = useWords();
  const { value: detail, error } = useLoaded(() => loadStudy(study), [study, live.changes]);
  if (error !== undefined && detail?.study !== study) return html`<${Trouble} error=${error} />`;
  if (detail?.study !== study || !about) return html`<p class="loading" role="status">${t.loading}</p>`;
  return html`<${Loaded} key=${study} detail=${detail} live=${live} about=${about} />`;
}

function Loaded({
  detail,
  live,
  about,
}: { readonly detail: StudyDetail } & Pick<ViewProps, 'live'> & { readonly about: AboutDocument }) {
  const { t } = useWords();
  const { assessment, clips, documents, study } = detail;
  const [stage, setStage] = useState<OnStage>({ kind: 'first' });
  /** What was chosen further down comes into sight. */
  const show = (next: OnStage) => {
    setStage(next);
    document.querySelector('.stage')?.scrollIntoView({ block: 'nearest' });
  };
  const canAct = about.login.roles.some((role) => role !== 'read');
  const canAsk = assessment !== undefined && clips.some(({ reading }) => reading?.kind === 'eligible');
  return html`<article>
    <${Heading} detail=${detail} about=${about} canAct=${canAct} />
    ${
      detail.triage &&
      detail.triage.reasons.length > 0 &&
      html`<section class=${`why ${detail.triage.priority}`} aria-label=${t.study.why}>
        <${Reasons} triage=${detail.triage} />
      </section>`
    }
    ${detail.state !== 'assessed' && html`<${Progress} detail=${detail} clipsRead=${live.clipsRead.get(study) ?? 0} />`}
    <${Stage} detail=${detail} about=${about} stage=${stage} onStage=${setStage} />
    <div class="columns">
      <div class="reading">
        ${assessment && html`<${Findings} assessment=${assessment} onShow=${(finding: string) => show({ kind: 'finding', finding })} />`}
      </div>
      <div class="reading">
        ${canAsk && html`<${Ask} study=${study} methods=${about.methods} onAnswer=${(answer: Extract<OnStage, { kind: 'answer' }>['answer']) => show({ kind: 'answer', answer })} />`}
        ${detail.state === 'assessed' && assessment && html`<${Decide} detail=${detail} about=${about} canAct=${canAct} />`}
      </div>
    </div>
    <${Clips}
      clips=${clips}
      onShow=${({ sopInstance }: { sopInstance: string }) => show({ kind: 'clip', sopInstance })}
    />
    <${Documents} documents=${documents} canAct=${canAct} />
    ${assessment && html`<${Origin} assessment=${assessment} study=${study} />`}
  </article>`;
}
