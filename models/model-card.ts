import type { ModelManifest } from '#models/import/manifest';
import { readCalibration, type Calibration, type CalibrationFits } from './calibration.ts';
import { readManifest } from './imported-model.ts';
import { licenceNote } from './licence.ts';
import { readOrigin, type ModelOrigin } from './origin.ts';

/** What one should know of a model before using it. */
export interface ModelCard extends ModelManifest {
  readonly origin: ModelOrigin | undefined;
  readonly licence: string;
  readonly intendedUse: string;
  /** Undefined: no finding is ever called present, absent or graded. */
  readonly calibration: Calibration | undefined;
}

/** The card of the model in a folder. Throws MODEL_UNFIT, or CONFIGURATION_INVALID for a calibration of something else. */
export async function modelCard(folder: string, asked: Omit<CalibrationFits, 'checkpoints'>): Promise<ModelCard> {
  const manifest = await readManifest(folder);
  const checkpoints = manifest.sources.map(({ sha256 }) => sha256);
  const origin = await readOrigin(folder);
  return {
    ...manifest,
    origin,
    licence: manifest.licence ?? licenceNote(origin?.licence),
    intendedUse: `${uses[manifest.kind]} ${manifest.phantomOnly ? 'It knows computer-made phantoms only: never for patients.' : 'For research use only, not a medical device.'}`,
    calibration: manifest.kind === 'clip' ? await readCalibration(folder, { checkpoints, ...asked }) : undefined,
  };
}

const uses = {
  clip: 'Compares frames of B-mode echocardiograms with sentences. A similarity is a cosine, never a probability; without a calibration it says nothing of present or absent.',
  'image-classifier':
    'Names the view of a clip by its first frame. Its score ranks views; it has no class for anything else.',
} as const satisfies Record<ModelManifest['kind'], string>;
