import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { createClipReader } from '#look/clip-reader';
import { openEchoClip } from '#models/echoclip/model';
import { loadQuestions } from '#models/echoclip/questions';
import { provideModel } from '#models/provide';
import { openRuntime } from '#models/runtime';
import { openViewClassifier } from '#models/view-classifier/model';
import type { Lookers } from '#evaluate/look-at';
import type { FindingModel } from '#src/ports';

/** Readers and models as the configuration names them. */
export interface OpenedExaminers {
  readonly lookers: Lookers;
  /** The findings' model once for each method of explaining. */
  readonly explainers: readonly FindingModel[];
  /** Of the findings' model. */
  readonly folder: string;
  readonly channelOrder: Configuration['models']['channelOrder'];
  close(): Promise<void>;
}

/** Opens what the agent looks with; `calibrated: false` leaves the calibration aside, so that one can be made. */
export async function openExaminers(
  configuration: Configuration,
  { calibrated }: { readonly calibrated: boolean },
): Promise<OpenedExaminers> {
  const { models, limits, assessment } = configuration;
  const modelsFolder = modelsFolderOf(configuration);
  const { readers: workers, readerTimeMs: timeLimitMs, readerMemoryMb: memoryLimitMb } = limits;
  const reader = createClipReader({ workers, timeLimitMs, memoryLimitMb });
  const runtime = await openRuntime(models).catch(async (thrown: unknown) => {
    await reader.close();
    throw thrown;
  });
  const close = async (): Promise<void> => {
    await runtime.close();
    await reader.close();
  };
  try {
    const { precision, channelOrder, gradients, viewScoreMin: scoreMin } = models;
    const folder = await provideModel({ id: models.findings, modelsFolder });
    const definitions = await loadQuestions(models);
    const open = (method: 'grad-cam' | 'integrated-gradients') =>
      openEchoClip({ folder, runtime, method, precision, channelOrder, gradients, definitions, calibrated });
    const explainers = [await open('grad-cam'), await open('integrated-gradients')];
    const forViews = await provideModel({ id: models.views, modelsFolder });
    const views = await openViewClassifier({ folder: forViews, runtime, scoreMin, precision });
    const lookers = { reader, findings: explainers[0]!, views, framesMin: assessment.framesMin };
    return { lookers, explainers, folder, channelOrder, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
