import { escaped } from './chart.ts';
import type { FindingFigures } from './figures.ts';

/** What a page of an evaluation says. */
export interface EvaluationPage {
  readonly title: string;
  /** Lines that must not be missed. */
  readonly warnings: readonly string[];
  /** What was looked at, with what, and when. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly findings: readonly { readonly title: string; readonly figures: FindingFigures }[];
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .8rem .2rem 0;font-weight:normal;vertical-align:top}
th{color:#555}.warning{border:2px solid #b3541e;padding:.5rem .8rem;font-weight:600}
.charts{display:flex;flex-wrap:wrap;gap:1rem}svg{width:21rem;max-width:100%}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}th{color:#aaa}svg{background:#f4f4f4}}`;

/** The page, whole in one file: nothing is loaded from elsewhere. */
export function evaluationPage({ title, warnings, facts, findings }: EvaluationPage): string {
  const table = (rows: readonly (readonly [string, string])[]): string =>
    `<table>${rows.map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${warnings.map((warning) => `<p class="warning">${escaped(warning)}</p>`).join('\n')}
${table(facts)}
${findings
  .map(
    (finding) => `<h2>${escaped(finding.title)}</h2>
${table(finding.figures.rows)}
<div class="charts">
${finding.figures.charts.join('\n')}
</div>`,
  )
  .join('\n')}
</body>
</html>
`;
}
