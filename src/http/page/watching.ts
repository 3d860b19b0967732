import { html } from 'htm/preact/standalone';
import type { SystemDocument } from '#http/api/system';
import { useWords } from './language.ts';
import { Table } from './table.ts';

type Watch = SystemDocument['watch'];

/** Limits of agreement of fewer studies say nothing. */
const limitsMin = 3;

/** Whether each scanner's studies still look as they did; those that do not say in what. */
export function Scanners({ scanners }: Pick<Watch, 'scanners'>) {
  const { t, number } = useWords();
  // The newest model of a scanner comes first; what was under another one is over.
  const newest = [...Map.groupBy(scanners, ({ scanner, site }) => JSON.stringify([scanner, site])).values()].map(
    ([first]) => first!,
  );
  const measuresOf = ({ measures }: Watch['scanners'][number]) =>
    measures
      .filter(({ drifted }) => drifted)
      .map(({ measure, shift }) => `${measure} (${shift > 0 ? '+' : ''}${number(shift, 2)})`)
      .join(', ');
  return html`<${Table}
    id="scanners"
    title=${t.system.scanners}
    empty=${t.system.noScanner}
    rows=${newest.map((one) => [
      html`${one.scanner} <small>${one.site} · ${t.system.studies(one.studies)}</small>`,
      html`<span class=${one.state === 'drifted' ? 'warning' : ''}>${t.system.scanner[one.state]}</span>
        ${one.state === 'drifted' && html`<small lang="en">${measuresOf(one)}</small>`}`,
    ])}
  />`;
}

/** How a second model differs from the first, question by question. */
export function SecondModel({ shadows }: Pick<Watch, 'shadows'>) {
  const { t, number, quantity, finding: title } = useWords();
  const [latest] = shadows;
  const rows = (latest?.findings ?? []).map(({ id, value, similarity, answers }) => {
    const { n, mean, lower, upper } = value ?? similarity;
    const digits = value ? 1 : 3;
    return [
      title({ id, title: id }),
      n < limitsMin
        ? number(mean, digits)
        : `${number(mean, digits)} (${number(lower, digits)} – ${number(upper, digits)})`,
      answers ? quantity(Math.round(answers.agreement * 100), '%') : '–',
    ];
  });
  const about = latest && ` ${latest.second.id} ${latest.second.version} · ${t.system.studies(latest.studies)}`;
  return html`<${Table}
    id="shadow"
    title=${about === undefined ? t.system.shadow : `${t.system.shadow}:${about}`}
    empty=${t.system.noShadow}
    head=${[t.findings.question, t.system.difference, t.system.same]}
    rows=${rows}
  />`;
}
