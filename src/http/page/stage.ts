import { html, useEffect, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { AnswerShown } from '#http/api/reader';
import type { StudyDetail } from '#http/api/study';
import { Cine, type Reel } from './cine.ts';
import { readingWords } from './clips.ts';
import { useWords } from './language.ts';
import { ask } from './load.ts';
import { Methods, Prompts } from './prompting.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

/** What is looked at: what the study begins with, a clip, the overlay of a finding, or an answer. */
export type OnStage =
  | { readonly kind: 'first' }
  | { readonly kind: 'clip'; readonly sopInstance: string }
  | { readonly kind: 'finding'; readonly finding: string }
  | { readonly kind: 'answer'; readonly answer: AnswerShown };

interface StageProps {
  readonly detail: StudyDetail;
  readonly about: AboutDocument;
  readonly stage: OnStage;
  readonly onStage: (stage: OnStage) => void;
}

/** The pictures: the clip, beside it where a sentence is seen; prompt and method are chosen here. */
export function Stage({ detail, about, stage, onStage }: StageProps) {
  const words = useWords();
  const { t } = words;
  const task = useTask();
  const [method, setMethod] = useState('');
  const [asked, setAsked] = useState<(AnswerShown & { readonly finding: string }) | undefined>(undefined);
  const finding = stage.kind === 'finding' ? stage.finding : stage.kind === 'first' ? firstFinding(detail) : undefined;
  const archived = detail.documents.find(
    ({ findingId, current, picture }) => findingId === finding && finding !== undefined && current && picture,
  );
  const isOnRequest = finding !== undefined && (method !== '' || (!archived && stage.kind === 'finding'));
  useEffect(() => {
    if (!isOnRequest) return;
    task.run(async () => {
      const answer = await ask(detail.study, {
        finding,
        ...(method !== '' && { method: method as AnswerShown['method'] }),
      });
      setAsked({ ...answer, finding });
    });
  }, [finding, method, isOnRequest]);

  const answer = stage.kind === 'answer' ? stage.answer : isOnRequest && asked?.finding === finding ? asked : undefined;
  const overlay = answer
    ? reelOfAnswer(answer)
    : archived?.picture && !isOnRequest
      ? reelOfFinding(finding ?? '', archived.picture)
      : undefined;
  const sourceInstance =
    answer?.sopInstance ?? (overlay ? archived?.sourceInstance : undefined) ?? clipOf(stage, detail, finding);
  const clip = detail.clips.find(({ sopInstance }) => sopInstance === sourceInstance);
  const source: Reel | undefined = clip?.picture && {
    picture: clip.picture,
    label: t.stage.source,
    caption: readingWords(words, clip.reading),
  };
  if (!source && !overlay) return null;
  const findings = (detail.assessment?.findings ?? []).filter(({ kind }) => kind !== 'not-assessed');
  return html`<section class="stage" aria-label=${t.stage.overlay}>
    ${
      findings.length > 0 &&
      html`<div class="prompting">
        <${Prompts}
          findings=${findings}
          finding=${finding}
          sentence=${stage.kind === 'answer' ? stage.answer.sentence.trim() : undefined}
          onPrompt=${(id: string) => onStage(id === '' ? { kind: 'clip', sopInstance: sourceInstance ?? '' } : { kind: 'finding', finding: id })}
        />
        <${Methods}
          methods=${about.methods}
          method=${method}
          hasArchived=${archived !== undefined}
          onMethod=${setMethod}
        />
        ${task.isBusy && html`<span class="busy" role="status">${t.stage.drawing}</span>`}
        ${answer && !task.isBusy && html`<span class="note">${t.stage.onRequest}</span>`}
      </div>`
    }
    <${Trouble} error=${task.error} />
    <${Cine} key=${`${source?.picture.rendered} ${overlay?.picture.rendered}`} source=${source} overlay=${overlay} />
  </section>`;

  function reelOfAnswer({ picture, sentence }: AnswerShown): Reel {
    return { picture, label: t.stage.overlay, caption: t.stage.seen(sentence.trim()) };
  }

  function reelOfFinding(id: string, picture: Reel['picture']): Reel {
    const shown = detail.assessment?.findings.find((one) => one.id === id);
    const sentence = shown && shown.kind !== 'not-assessed' ? shown.evidence.sentence.trim() : '';
    return {
      picture,
      label: `${t.stage.overlay}: ${shown ? words.finding(shown) : id}`,
      caption: t.stage.seen(sentence),
    };
  }
}

/** The overlay that a study opens with: of the findings in their order, the first that has one. */
function firstFinding({ documents, assessment }: StudyDetail): string | undefined {
  const drawn = new Set(
    documents.filter(({ current, picture }) => current && picture).map(({ findingId }) => findingId),
  );
  return assessment?.findings.find(({ id }) => drawn.has(id))?.id;
}

function clipOf(stage: OnStage, { clips, assessment }: StudyDetail, finding: string | undefined): string | undefined {
  if (stage.kind === 'clip') return stage.sopInstance;
  const found = assessment?.findings.find(({ id }) => id === finding);
  return found && found.kind !== 'not-assessed'
    ? found.evidence.sopInstance
    : clips.find(({ picture }) => picture)?.sopInstance;
}
