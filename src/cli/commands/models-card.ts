import { modelCard, type ModelCard } from '#models/model-card';
import { loadQuestions } from '#models/echoclip/questions';
import { namedModel } from '#cli/clip-model';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption, promptsOption } from '#cli/configuration';

/** Prints what one should know of a model before using it. */
export default defineCommand({
  usage: 'models card <id>',
  summary: 'the card of a model: origin, digests, licence, intended use, calibration, measured performance',
  options: [dataOption, promptsOption],
  async run({ args: [id], options }, terminal) {
    const configuration = configurationOf(options);
    const folder = await namedModel(String(id), configuration);
    const { channelOrder } = configuration.models;
    const card = await modelCard(folder, { definitions: await loadQuestions(configuration.models), channelOrder });
    for (const line of linesOf(card)) terminal.say(line);
    return { document: card };
  },
});

function linesOf(card: ModelCard): readonly string[] {
  const { id, name, version, manufacturer, origin, digest, sources, files } = card;
  const from = origin && [
    `Origin: ${origin.source}${origin.commit === undefined ? '' : ` at ${origin.commit}`}, imported on ${origin.importedOn}`,
  ];
  return [
    `${name} (${id}), version ${version}, by ${manufacturer}`,
    `Intended use: ${card.intendedUse}`,
    `Licence: ${card.licence}`,
    ...(from ?? ['Origin: not noted']),
    `Takes: pictures of ${card.imageSize} x ${card.imageSize}${card.contextLength === undefined ? '' : `, sentences of at most ${card.contextLength} ids`}`,
    `Digest: ${digest}`,
    ...sources.map(({ file, sha256 }) => `  from ${file}: ${sha256}`),
    ...Object.values(files).map(({ file, sha256 }) => `  ${file}: ${sha256}`),
    ...calibrationLines(card),
  ];
}

function calibrationLines({ kind, calibration }: ModelCard): readonly string[] {
  if (kind !== 'clip') return [];
  if (!calibration)
    return ['Calibration: none; findings are reported as similarities only. Performance: not measured here.'];
  const { origin, cases, from, to, createdOn, findings } = calibration;
  return [
    `Calibration: ${cases} cases of ${origin}, studies of ${from} to ${to}, made on ${createdOn}`,
    ...Object.entries(findings).map(([id, finding]) => {
      const measures = Object.entries(finding.measured ?? {}).map(([name, { value, interval }]) => {
        const range = interval
          ? ` (${interval.lower} to ${interval.upper}, ${Math.round(interval.level * 100)} %)`
          : '';
        return `${name} ${value}${range}`;
      });
      return `  ${id}: ${measures.length > 0 ? measures.join(', ') : 'calibrated; performance not noted'}`;
    }),
  ];
}
