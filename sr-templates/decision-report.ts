import type { Amendment, Decision } from '#domain/decision';
import type { Assessment } from '#domain/assessment';
import type { Uid } from '#domain/uid';
import { elements, headings, names, titles, values } from './codes.ts';
import { code, contains, hasConceptMod, hasObsContext, personName, text, type ContainerItem } from './content-item.ts';
import { statements } from './statements.ts';
import { language } from './tid1204-language.ts';

/** What a reader decided on the agent's report, in words: TID 2000 with a person as observer (TID 1003). */
export function decisionReport({
  assessment,
  report,
  verdict,
  comment,
  amendments,
  reader,
}: Pick<Decision, 'verdict' | 'comment' | 'amendments' | 'reader'> & {
  readonly assessment: Assessment;
  readonly report: Uid;
}): ContainerItem {
  const paragraph = (words: string) => contains(text(elements.summary, words));
  const finding = (words: string) => contains(text(elements.finding, words));
  const summary = [
    ...statements(assessment.model),
    `${verdicts[verdict]} Revision ${assessment.revision}, SOP Instance UID ${report}.`,
    ...(reader.isKnown ? [] : ['The reader did not log in: this decision is not verified.']),
    ...(comment === '' ? [] : [`Comment: ${comment}`]),
    'The report itself was not changed.',
  ];
  return {
    valueType: 'CONTAINER',
    name: titles.diagnosticImagingReport,
    template: '2000',
    children: [
      hasConceptMod(code(names.procedureReported, values.echocardiography)),
      language(),
      hasObsContext(code(names.observerType, values.person)),
      hasObsContext(personName(names.personObserverName, reader.name)),
      contains({ valueType: 'CONTAINER', name: headings.summary, children: summary.map(paragraph) }),
      ...(amendments.length === 0
        ? []
        : [
            contains({
              valueType: 'CONTAINER',
              name: headings.findings,
              children: amendments.map(amended).map(finding),
            } satisfies ContainerItem),
          ]),
    ],
  };
}

const verdicts: Readonly<Record<Decision['verdict'], string>> = {
  accepted: 'The reader accepted the AI report.',
  amended: 'The reader amended the AI report.',
  rejected: 'The reader rejected the AI report.',
  acknowledged: 'The reader took note of the AI report, without saying whether it is right.',
};

function amended({ title, ours, readers }: Amendment): string {
  return `${title}: the reader says ${readers}; the AI report says ${ours}.`;
}
