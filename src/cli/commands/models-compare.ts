import { disagreementOf } from '#watch/disagreement';
import type { Difference, FindingDisagreement } from '#domain/watching';
import { openArchive } from '#cli/archive';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';
import { systemClock } from '#src/clock';

const studiesMax = 10_000;

/** Says how a second model (`models.shadow`) differs from the first on the studies that both were asked about. */
export default defineCommand({
  usage: 'models compare',
  summary: 'how the model set as models.shadow differs from the first: mean difference, limits of agreement, kappa',
  options: [dataOption],
  async run({ options }, terminal) {
    const archive = await openArchive(configurationOf(options), systemClock);
    try {
      const comparisons = disagreementOf(await archive.ledger.shadows(studiesMax));
      if (comparisons.length === 0) terminal.say('No study was shown to a second model yet; see models.shadow.');
      for (const { first, second, studies, findings } of comparisons) {
        const name = ({ id, version, digest }: typeof first) => `${id} ${version} (${digest.slice(0, 12)})`;
        terminal.say(`${name(second)} against ${name(first)}, ${studies} studies`);
        for (const finding of findings) terminal.say(`  ${lineOf(finding)}`);
      }
      return { document: { comparisons } };
    } finally {
      archive.close();
    }
  },
});

function lineOf({ id, n, value, similarity, answers, oneSided }: FindingDisagreement): string {
  const figures = [
    ...(value ? [`value ${range(value, 1)}`] : []),
    `similarity ${range(similarity, 4)}`,
    ...(answers
      ? [
          `same answer ${answers.agreement.toFixed(3)}${answers.kappa === undefined ? '' : `, kappa ${answers.kappa.toFixed(2)}`}`,
        ]
      : []),
    ...(oneSided > 0 ? [`${oneSided} answered by one only`] : []),
  ];
  return `${id}: n ${n}, ${figures.join(', ')}`;
}

function range({ mean, lower, upper }: Difference, digits: number): string {
  return `${mean.toFixed(digits)} (${lower.toFixed(digits)} to ${upper.toFixed(digits)})`;
}
