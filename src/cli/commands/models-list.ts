import { modelsFolderOf } from '#config/models-folder';
import { listModels, type ListedModel } from '#models/list-models';
import { defineCommand } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';

/** Says which models can be set, and which are. */
export default defineCommand({
  usage: 'models list',
  summary: 'the models at hand, and which of them are set',
  options: [dataOption],
  async run({ options }, terminal) {
    const configuration = configurationOf(options);
    const folder = modelsFolderOf(configuration);
    const { findings, views } = configuration.models;
    const models = (await listModels(folder)).map((listed) => {
      const { text, ...model } = described(listed);
      const usedFor = [...(listed.id === findings ? ['findings'] : []), ...(listed.id === views ? ['views'] : [])];
      const set = usedFor.length > 0 ? ` (set as models.${usedFor.join(', models.')})` : '';
      terminal.say(`${listed.id}: ${text}${set}`);
      return { ...model, usedFor };
    });
    terminal.say(`Folder: ${folder}`);
    return { document: { folder, models } };
  },
});

function described(listed: ListedModel) {
  const { kind: state, id, embedded } = listed;
  switch (state) {
    case 'imported': {
      const { kind, name, version, phantomOnly, digest } = listed.manifest;
      const what = kind === 'clip' ? 'answers questions' : 'names views';
      const text = `${name} ${version}, ${what}${phantomOnly ? ', knows phantoms only' : ''}`;
      return { id, state, embedded, kind, name, version, phantomOnly, digest, text };
    }
    case 'not-yet-imported':
      return { id, state, embedded, text: 'ships with this program; imported when first used' };
    case 'unreadable':
      return { id, state, embedded, reason: listed.reason, text: `cannot be used: ${listed.reason}` };
  }
}
