import { html } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { FindingShown } from '#http/api/study';
import { useWords } from './language.ts';
import { Choice } from './top.ts';

interface PromptsProps {
  readonly findings: readonly FindingShown[];
  /** Which one is shown; absent for the clip alone. */
  readonly finding: string | undefined;
  /** A reader's own, while its answer is shown. */
  readonly sentence: string | undefined;
  readonly onPrompt: (finding: string) => void;
}

const ownSentence = '“”';

/** Which finding's overlay is shown, or a sentence's. */
export function Prompts({ findings, finding, sentence, onPrompt }: PromptsProps) {
  const { t, finding: title } = useWords();
  const options = [
    ...(sentence === undefined ? [] : [[ownSentence, `“${sentence}”`]]),
    ['', t.stage.clipOnly],
    ...findings.map((one) => [one.id, title(one)]),
  ];
  return html`<label
    >${t.stage.prompt}<${Choice}
      label=${t.stage.prompt}
      value=${sentence === undefined ? (finding ?? '') : ownSentence}
      options=${options}
      onChoose=${onPrompt}
  /></label>`;
}

interface MethodsProps {
  readonly methods: AboutDocument['methods'];
  /** Empty: as archived, or the usual one where nothing is. */
  readonly method: string;
  readonly hasArchived: boolean;
  readonly onMethod: (method: string) => void;
}

/** By which method it is drawn. */
export function Methods({ methods, method, hasArchived, onMethod }: MethodsProps) {
  const { t } = useWords();
  const options = [
    ...(hasArchived ? [['', t.stage.archived]] : []),
    ...methods.map((one) => [one, t.stage.methods[one]]),
  ];
  return html`<label
    >${t.stage.method}<${Choice}
      label=${t.stage.method}
      value=${method === '' && !hasArchived ? (methods[0] ?? '') : method}
      options=${options}
      onChoose=${onMethod}
  /></label>`;
}
