import { z } from 'zod';
import { archive } from './sections/archives.ts';
import { audit } from './sections/audit.ts';
import { assessment } from './sections/assessment.ts';
import { destination } from './sections/destinations.ts';
import { dimse } from './sections/dimse.ts';
import { http } from './sections/http.ts';
import { keeping } from './sections/keeping.ts';
import { limits } from './sections/limits.ts';
import { models } from './sections/models.ts';
import { results } from './sections/results.ts';
import { traces } from './sections/traces.ts';
import { triage } from './sections/triage.ts';
import { watch } from './sections/watch.ts';
import { remoteWorklist, worklist } from './sections/worklists.ts';

// The one description of every setting: type, default, unit, and why one would change it; a section each. The README's
// reference is generated from here (`npm run docs`).

export const schema = z.strictObject({
  dataFolder: z.string().default('data').describe('Where everything is kept; created when missing.'),
  dimse: dimse.prefault({}).describe('Receiving over DICOM.'),
  http: http.prefault({}).describe('The page, DICOMweb, health and metrics.'),
  archives: z
    .array(archive)
    .default([])
    .describe('Archives to watch for new studies; one kind each, DICOMweb unless `kind` says otherwise.'),
  destinations: z.array(destination).default([]).describe('Where results go, beside the built-in archive.'),
  models: models.prefault({}).describe('What looks at the clips.'),
  assessment: assessment.prefault({}).describe('When and how a study is assessed.'),
  triage: triage.prefault({}).describe('Which study is read first.'),
  worklist: worklist.prefault({}).describe('Our own worklist (UPS-RS), under /dicom-web/workitems.'),
  worklists: z
    .array(remoteWorklist)
    .default([])
    .describe("Other managers' worklists (UPS-RS) that show how our studies stand, beside our own."),
  watch: watch.prefault({}).describe('Whether studies still look to the models as they did.'),
  traces: traces.prefault({}).describe('OpenTelemetry: one trace a study, a span a chapter.'),
  results: results.prefault({}).describe('What the results look like to an archive.'),
  audit,
  keeping: keeping.prefault({}).describe('What may leave our own archive.'),
  limits: limits.prefault({}).describe('Bounds that protect the agent.'),
  log: z
    .strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('How much is logged.') })
    .prefault({})
    .describe('JSON lines on stderr.'),
});

/** The configuration, complete and checked. */
export type Configuration = z.infer<typeof schema>;
export type ArchiveSettings = Configuration['archives'][number];
export type DestinationSettings = Configuration['destinations'][number];
