import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createComposer } from '#compose/composer';
import { readHeader } from '#dicom/header';
import type { Assessment } from '#domain/assessment';
import type { ResultDocument } from '#domain/document';
import type { Instance } from '#domain/instance';
import type { Triage } from '#domain/triage';
import type { AskStanding } from '#outbound/message';
import { aComposition, makeSource, study, temporaryFolder, type SourceWishes } from '#test/compose/composition';

/** A measurement report in a file, as a destination is handed it, and how its study stands. */
export interface Told {
  readonly instance: Instance;
  readonly path: string;
  readonly ask: AskStanding;
  readonly assessment: Assessment;
  readonly document: ResultDocument;
}

export const urgent: Triage = {
  study,
  stage: 'settled',
  priority: 'HIGH',
  at: 5,
  reasons: [
    {
      rule: 'dilated',
      message: 'Left ventricle | severely \\ dilated',
      priority: 'HIGH',
      standing: 'confirmed',
      notify: [],
    },
    { rule: 'lvef', message: 'LVEF of 30 % or less', priority: 'HIGH', standing: 'withdrawn', notify: [] },
  ],
};

interface Wishes extends SourceWishes {
  readonly revision?: number;
  readonly isPhantomOnly?: boolean;
  readonly findings?: Assessment['findings'];
  readonly triage?: Triage;
  /** The report that this one replaces. */
  readonly after?: Told;
}

/** Composes the report of a sample study; its files go with the folder. */
export async function aReport(
  within: string,
  { revision = 1, isPhantomOnly = false, findings, triage = urgent, after, ...source }: Wishes = {},
): Promise<Told> {
  const folder = mkdtempSync(join(within, 'report-'));
  const stage = revision === 0 ? 'preliminary' : 'settled';
  const predecessors = after ? [after.document] : [];
  const wishes = { revision, stage, isPhantomOnly, predecessors, ...(findings && { findings }) } as const;
  const composition = aComposition(await makeSource(folder, source), wishes);
  const composer = createComposer({
    colours: 'red-green',
    reportClass: 'comprehensive-3d-sr',
    overlayEncoding: 'native',
    softwareVersion: '0.1.0',
  });
  const composed = await composer.compose({ ...composition, overlays: [] });
  const { document, bytes } = composed.find(({ document }) => document.kind === 'sr')!;
  const path = join(folder, 'report.dcm');
  writeFileSync(path, bytes);
  const facts = readHeader(path);
  const row = {
    study,
    firstArrivalAt: 1,
    lastArrivalAt: 2,
    instances: 1,
    longestGapMs: 0,
    state: { kind: 'assessed', revision },
    triage,
  } as const;
  return {
    instance: { facts, file: 'report.dcm', bytes: bytes.length, sha256: 'ab', receivedAt: 3, role: 'result' },
    path,
    assessment: composition.assessment,
    document,
    ask: async (asked) => (asked === study ? { study: row, documents: [...predecessors, document] } : undefined),
  };
}

export { study, temporaryFolder };
/** Nobody stops. */
export const quiet = new AbortController().signal;
