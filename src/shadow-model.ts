import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { openEchoClip } from '#models/echoclip/model';
import { provideModel } from '#models/provide';
import type { Runtime } from '#models/runtime';
import type { FindingDefinition } from '#domain/finding';
import type { FindingModel } from './ports.ts';

/** The second model, where one is set: asked the same as the first, on the same runtime. */
export async function openShadow(
  { dataFolder, models }: Configuration,
  { runtime, definitions }: { runtime: Runtime; definitions: readonly FindingDefinition[] },
): Promise<FindingModel | undefined> {
  const { shadow, method, precision, channelOrder } = models;
  if (!shadow) return undefined;
  const folder = await provideModel({ id: shadow.findings, modelsFolder: modelsFolderOf({ dataFolder, models }) });
  const settings = { method, precision: shadow.precision ?? precision, channelOrder };
  return openEchoClip({ folder, runtime, definitions, ...settings });
}
