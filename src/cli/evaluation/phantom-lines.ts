import type { PhantomReport } from './phantom-report.ts';

/** An evaluation on phantoms as lines for people. */
export function linesOfReport(report: PhantomReport): readonly string[] {
  const { findings, views, eligibility, pointing, mask, encodings } = report;
  return [
    ...Object.entries(findings).map(([id, finding]) =>
      'meanAbsoluteError' in finding
        ? `${id.padEnd(36)} mean absolute error ${figure(finding.meanAbsoluteError)}, bias ${figure(finding.bias)} (n = ${finding.n})`
        : `${`${id}${finding.grade === undefined ? '' : `, ${finding.grade}`}`.padEnd(36)} AUC ${figure(finding.auc)}, answers right ${percent(finding.accuracy)} (${finding.positive} of ${finding.n})`,
    ),
    `${'views'.padEnd(36)} ${percent(views.accuracy)} right (n = ${views.n})`,
    `${'Doppler, M-mode and stills'.padEnd(36)} ${eligibility.letThrough} of ${eligibility.forbidden} let through; ${eligibility.wronglyRefused} of ${eligibility.cines} cines refused`,
    ...Object.entries(pointing).flatMap(([method, ofMethod]) =>
      Object.entries(ofMethod).map(
        ([id, { inStructure, pairs, heatWith, heatWithout, n }]) =>
          `${`${id}, ${method}`.padEnd(44)} brightest in the structure ${percent(inStructure)}, pairs told ${percent(pairs)}, heat there ${percent(heatWith)} with it and ${percent(heatWithout)} without (n = ${n})`,
      ),
    ),
    `${'mask'.padEnd(36)} ${percent(mask.sectorKept)} of the sector kept (least ${percent(mask.sectorKeptLeast)}), ${figure(mask.burnedInLeft)} burned-in pixels left a clip`,
    `${'encodings'.padEnd(36)} ${encodings.n}, ${encodings.sameView ? 'one view' : 'different views'}, ejection fractions within ${figure(encodings.spread)}`,
    'Phantoms, not patients: nothing follows from these figures about a patient. For research use only.',
  ];
}

function figure(value: number | undefined): string {
  return value === undefined ? 'unknown' : value.toFixed(3);
}

function percent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(100 * share).toFixed(1)} %`;
}
