import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import { compareWithCpu } from '#models/compare-providers';
import { openImportedModel, readManifest } from '#models/imported-model';
import { provideModel } from '#models/provide';

// Matrix products in TF32, as NVIDIA's cards do them unless told otherwise, differ by thousandths.
const differenceMax = 0.01;

/** Runs the findings' image encoder on a provider and says how far it is from the CPU. Throws MODEL_UNFIT where it computes something else. */
export async function examineProvider(provider: string, { dataFolder, models }: Configuration): Promise<string> {
  const folder = await provideModel({ id: models.findings, modelsFolder: modelsFolderOf({ dataFolder, models }) });
  const { precision } = models;
  const compared = await compareWithCpu(provider, models, {
    size: (await readManifest(folder)).imageSize,
    open: async (runtime) => (await openImportedModel(folder, 'clip', { runtime, precision })).open('image'),
  });
  switch (compared.kind) {
    case 'not-to-be-had':
      return `cannot be had: ${compared.reason}`;
    case 'compared': {
      const { difference, output, runMs } = compared;
      const told = `${precision}, ${runMs.toFixed(0)} ms a picture, largest difference from the CPU ${difference.toExponential(1)} of the largest value (${output})`;
      if (difference <= differenceMax) return told;
      throw new AgentError('MODEL_UNFIT', `${told}: take ${provider} out of models.providers, or update its driver.`);
    }
  }
}
