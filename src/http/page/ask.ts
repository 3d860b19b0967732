import { html, useState } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { AnswerShown } from '#http/api/reader';
import { useWords } from './language.ts';
import { ask } from './load.ts';
import { useTask } from './task.ts';
import { Choice } from './top.ts';
import { Trouble } from './trouble.ts';

interface AskProps {
  readonly study: string;
  readonly methods: AboutDocument['methods'];
  readonly onAnswer: (answer: AnswerShown) => void;
}

const charactersMax = 300;

/** A sentence of one's own: how similar the study is to it, and where it is seen. */
export function Ask({ study, methods, onAnswer }: AskProps) {
  const { t, number } = useWords();
  const task = useTask();
  const [sentence, setSentence] = useState('');
  const [method, setMethod] = useState<string>(methods[0] ?? '');
  const [answer, setAnswer] = useState<AnswerShown | undefined>(undefined);
  const compare = (event: Event) => {
    event.preventDefault();
    if (sentence.trim() === '') return;
    task.run(async () => {
      const found = await ask(study, { sentence, method: method as AnswerShown['method'] });
      setAnswer(found);
      onAnswer(found);
    });
  };
  return html`<section aria-labelledby="ask">
    <h2 id="ask">${t.ask.title}</h2>
    <form class="ask" onSubmit=${compare}>
      <label for="sentence">${t.ask.sentence}</label>
      <input
        id="sentence"
        maxlength=${charactersMax}
        value=${sentence}
        placeholder=${t.ask.example}
        lang="en"
        autocomplete="off"
        onInput=${(event: { readonly currentTarget: HTMLInputElement }) => setSentence(event.currentTarget.value)}
      />
      <div class="row">
        <${Choice}
          label=${t.stage.method}
          value=${method}
          options=${methods.map((one) => [one, t.stage.methods[one]])}
          onChoose=${setMethod}
        />
        <button
          type="submit"
          class="primary"
          disabled=${task.isBusy || sentence.trim() === ''}
          aria-busy=${task.isBusy}
        >
          ${task.isBusy ? t.ask.comparing : t.ask.compare}
        </button>
      </div>
    </form>
    <${Trouble} error=${task.error} />
    ${
      answer &&
      html`<p class="answer" role="status">
        <span class="value">${t.findings.similarity} ${number(answer.similarity, 3)}</span>
        <span lang="en">“${answer.sentence.trim()}”</span>
        ${answer.phantomOnly && html`<span class="warning">${t.phantom}</span>`}
      </p>`
    }
    <p class="note">${t.ask.caution}</p>
  </section>`;
}
