import type { Assessment } from './assessment.ts';
import type { Ineligibility } from './clip.ts';
import type { InstanceFacts } from './instance.ts';
import type { Shadow } from './shadow.ts';
import type { StudyUid } from './uid.ts';

/** What one study looked like to the models: drift is told by many of them. Plain data: it survives JSON. */
export interface Sighting {
  readonly study: StudyUid;
  /** Maker, model and station name of the scanner. */
  readonly scanner: string;
  /** Institution Name (0008,0080). */
  readonly site: string;
  /** Digest of the model that answered. */
  readonly model: string;
  readonly at: number;
  /** Similarities, values, view scores and shares, each by a name. */
  readonly measures: Readonly<Record<string, number>>;
  /** Clips that were not looked at, by reason. */
  readonly refusals: Readonly<Partial<Record<Ineligibility, number>>>;
  readonly clips: number;
  /** Mean embedding of the clips that were used, of length 1. */
  readonly embedding?: readonly number[];
}

/** What watching itself is made of, as it was kept. */
export interface Sightings {
  /** Scanners at their sites under each model, the one seen last first. */
  scanners(limit: number): Promise<readonly ScannerSeen[]>;
  /** The first studies of a scanner, or the last ones. */
  sightings(of: ScannerSeen, window: 'first' | 'last', limit: number): Promise<readonly Sighting[]>;
  /** What a second model said of the latest studies. */
  shadows(limit: number): Promise<readonly Shadow[]>;
}

export interface ScannerSeen extends Pick<Sighting, 'scanner' | 'site' | 'model'> {
  readonly studies: number;
  readonly lastAt: number;
}

const labelMax = 64;

/** What an assessment of a study looked like, by the scanner that recorded it. */
export function sightingOf(assessment: Assessment, sources: readonly InstanceFacts[], at: number): Sighting {
  const { study, model, clips, findings, embedding } = assessment;
  const used = clips.filter((clip) => clip.used);
  const speaking = sources.find(({ sopInstance }) => sopInstance === used[0]?.sopInstance) ?? sources[0];
  const institution = speaking?.attributes.disclose()['00080080']?.Value?.[0];
  const scores = used.flatMap(({ view }) => (view ? [view.score] : []));
  const refusals: Partial<Record<Ineligibility, number>> = {};
  for (const { eligibility } of clips) {
    if (eligibility.kind === 'ineligible') refusals[eligibility.because] = (refusals[eligibility.because] ?? 0) + 1;
  }
  const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
  const answered = findings.flatMap((finding) => (finding.kind === 'not-assessed' ? [] : [finding]));
  return {
    study,
    scanner: label([speaking?.manufacturer, speaking?.modelName, speaking?.station].filter(Boolean).join(' ')),
    site: label(typeof institution === 'string' ? institution : ''),
    model: model.digest,
    at,
    measures: {
      ...(clips.length > 0 && { 'refused share': refused / clips.length }),
      ...(scores.length > 0 && { 'view score': scores.reduce((sum, score) => sum + score, 0) / scores.length }),
      ...Object.fromEntries(answered.map(({ id, similarity }) => [`similarity of ${id}`, similarity])),
      ...Object.fromEntries(
        answered.flatMap((finding) => (finding.kind === 'measured' ? [[`value of ${finding.id}`, finding.value]] : [])),
      ),
    },
    refusals,
    clips: clips.length,
    ...(embedding && { embedding }),
  };
}

/** Names come from outside: short, and of one line. */
function label(text: string): string {
  return (
    text
      .replace(/[\p{Cc}"\\]+/gu, ' ')
      .trim()
      .slice(0, labelMax) || 'unknown'
  );
}
