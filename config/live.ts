import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './schema.ts';

/** Settings, and sections of them, that hold as soon as the file says so; every other one waits for a restart. */
export const liveSettings = [
  'archives',
  'destinations',
  'keeping',
  'assessment',
  'triage',
  'watch',
  'results',
  'log',
  'dimse.callingAeTitles',
  'dimse.addresses',
  'dimse.sopClasses',
  'dimse.anyCalledAeTitle',
  'dimse.associationsMax',
  'dimse.associationsPerPeerMax',
  'dimse.firstPduMs',
  'dimse.idleMs',
  'dimse.associationMs',
  'limits.instanceBytesMax',
  'limits.studyBytesMax',
  'limits.queueMax',
  'limits.freeBytesMin',
  'limits.quarantineMax',
  'limits.quarantineBytesMax',
  'limits.attemptsMax',
  'limits.backOffFirstMs',
  'limits.backOffMaxMs',
] as const;

/** What becomes of a configuration that is to take the place of another. */
export interface Division {
  /** The running one, with what of the wanted one may hold at once. */
  readonly configuration: Configuration;
  /** Settings that differ from the running ones and hold at once. */
  readonly changed: readonly string[];
  /** Settings that differ and wait for a restart. */
  readonly needRestart: readonly string[];
}

/** Divides the differences of a wanted configuration into what may hold at once and what waits for a restart; pure. */
export function divide(running: Configuration, wanted: Configuration): Division {
  const paths = differing(running, wanted);
  const changed = paths.filter(isLive);
  const configuration = changed.reduce<unknown>((made, path) => taking(made, wanted, path.split('.')), running);
  return { configuration: configuration as Configuration, changed, needRestart: paths.filter((path) => !isLive(path)) };
}

function isLive(path: string): boolean {
  return liveSettings.some((live) => path === live || path.startsWith(`${live}.`));
}

/** The paths at which two configurations differ; a list counts as one setting. */
function differing(one: unknown, other: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(one, other)) return [];
  if (!isSection(one) || !isSection(other)) return [path];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => differing(one[name], other[name], path === '' ? name : `${path}.${name}`));
}

type Section = Record<string, unknown>;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One with what the other has at a path. */
function taking(one: unknown, other: unknown, [step, ...steps]: readonly string[]): unknown {
  if (step === undefined || !isSection(one) || !isSection(other)) return other;
  const { [step]: mine, ...rest } = one;
  const theirs = taking(mine, other[step], steps);
  return theirs === undefined ? rest : { ...rest, [step]: theirs };
}
