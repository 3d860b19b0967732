import { html, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { DecideRequest } from '#http/api/reader';
import type { StudyDetail } from '#http/api/study';
import { Decisions } from './decisions.ts';
import { useWords } from './language.ts';
import { decide } from './load.ts';
import { useTask } from './task.ts';
import { Trouble } from './trouble.ts';

interface DecideProps {
  readonly detail: StudyDetail;
  readonly about: AboutDocument;
  readonly canAct: boolean;
}

type Verdict = DecideRequest['verdict'];
const verdicts: readonly Verdict[] = ['accepted', 'amended', 'rejected', 'acknowledged'];

/** What the reader makes of the report; it stands beside our result, never in its place. */
export function Decide({ detail, about, canAct }: DecideProps) {
  const { t } = useWords();
  const task = useTask();
  const [verdict, setVerdict] = useState<Verdict>('acknowledged');
  const [comment, setComment] = useState('');
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const amendments =
    verdict === 'amended' ? Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')) : {};
  const isWhole = verdict !== 'amended' || Object.keys(amendments).length > 0;
  const keep = (event: Event) => {
    event.preventDefault();
    task.run(async () => {
      await decide(detail.study, { verdict, comment, amendments });
      setComment('');
      setVerdict('acknowledged');
      setValues({});
    });
  };
  return html`<section aria-labelledby="decide">
    <h2 id="decide">${t.decide.title}</h2>
    ${!canAct && html`<p class="note">${t.decide.notAllowed}</p>`}
    ${
      canAct &&
      html`<form class="decide" onSubmit=${keep}>
        <fieldset class="segments">
          <legend class="hidden">${t.decide.title}</legend>
          ${verdicts.map(
            (one) =>
              html`<label key=${one} class="segment">
                <input
                  type="radio"
                  name="verdict"
                  value=${one}
                  checked=${verdict === one}
                  onChange=${() => setVerdict(one)}
                />${t.decide[one]}
              </label>`,
          )}
        </fieldset>
        ${verdict === 'amended' && html`<${Values} detail=${detail} values=${values} onValues=${setValues} />`}
        <label
          >${t.decide.comment}
          <textarea
            rows="2"
            maxlength="1000"
            value=${comment}
            onInput=${(event: { readonly currentTarget: HTMLTextAreaElement }) => setComment(event.currentTarget.value)}
          ></textarea>
        </label>
        <div class="row">
          ${about.login.name === undefined && html`<p class="note">${t.decide.unknown}</p>`}
          <button type="submit" class="primary" disabled=${task.isBusy || !isWhole}>
            ${task.isBusy ? t.decide.keeping : t.decide.keep}
          </button>
        </div>
        <${Trouble} error=${task.error} />
      </form>`
    }
    <${Decisions} decisions=${detail.decisions} />
  </section>`;
}

interface ValuesProps {
  readonly detail: StudyDetail;
  readonly values: Readonly<Record<string, string>>;
  readonly onValues: (values: Readonly<Record<string, string>>) => void;
}

function Values({ detail, values, onValues }: ValuesProps) {
  const { t, finding: title, quantity, answer } = useWords();
  const findings = detail.assessment?.findings ?? [];
  return html`<div class="amend">
    <p class="note">${t.decide.values}</p>
    ${findings.map((finding) => {
      const ours =
        finding.kind === 'measured'
          ? quantity(finding.value, finding.unit)
          : finding.kind === 'answered'
            ? answer(finding.answer)
            : '–';
      const type = (event: { readonly currentTarget: HTMLInputElement }) =>
        onValues({ ...values, [finding.id]: event.currentTarget.value });
      return html`<label key=${finding.id}
        ><span>${title(finding)} <small>${t.decide.ours}: ${ours}</small></span>
        <input maxlength="64" value=${values[finding.id] ?? ''} onInput=${type} autocomplete="off"
      /></label>`;
    })}
  </div>`;
}
