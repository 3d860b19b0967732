import type { FindingDefinition } from '#domain/finding';
import type { ModelManifest } from '#models/import/manifest';
import { readCalibration, type Calibration } from './calibration.ts';
import { readManifest } from './imported-model.ts';
import { readOrigin, type ModelOrigin } from './origin.ts';

/** What one should know of a model before using it. */
export interface ModelCard extends Omit<ModelManifest, 'digest'> {
  readonly digest: string;
  readonly origin: ModelOrigin | undefined;
  readonly licence: string;
  readonly intendedUse: string;
  /** Undefined: no finding is ever called present, absent or graded. */
  readonly calibration: Calibration | undefined;
}

/** The card of the model in a folder. Throws MODEL_UNFIT, or CONFIGURATION_INVALID for a calibration of something else. */
export async function modelCard(folder: string, definitions: readonly FindingDefinition[]): Promise<ModelCard> {
  const manifest = await readManifest(folder);
  const checkpoints = manifest.sources.map(({ sha256 }) => sha256);
  const origin = await readOrigin(folder);
  return {
    ...manifest,
    origin,
    licence: licenceNote(manifest, origin),
    intendedUse: `${uses[manifest.kind]} ${manifest.phantomOnly ? 'It knows computer-made phantoms only: never for patients.' : 'For research use only, not a medical device.'}`,
    calibration: manifest.kind === 'clip' ? await readCalibration(folder, { checkpoints, definitions }) : undefined,
  };
}

const uses = {
  clip: 'Compares frames of B-mode echocardiograms with sentences. A similarity is a cosine, never a probability; without a calibration it says nothing of present or absent.',
  'image-classifier':
    'Names the view of a clip by its first frame. Its score ranks views; it has no class for anything else.',
} as const satisfies Record<ModelManifest['kind'], string>;

// The cards of echonet's weights say MIT, as their repositories did until the licence of 2025-02.
const passedOn =
  'Keep the converted graphs to yourself: they are derived from weights whose licence is between you and their authors. EchoCLIP and EchoPrime: their repositories carry an academic software licence since February 2025 (research use, nothing to be passed on), whatever the card of the weights says.';

function licenceNote({ phantomOnly, manufacturer }: ModelManifest, origin: ModelOrigin | undefined): string {
  if (phantomOnly && manufacturer === 'Apical') return 'Apache-2.0, with this program.';
  const said = origin?.licence === undefined ? '' : `The hub's card says ${origin.licence}. `;
  return `${said}${passedOn}`;
}
