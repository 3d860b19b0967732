import { z } from 'zod';

// The one description of every setting: type, default, unit, and why one would change it. The README's reference is
// generated from here (`npm run docs`).

const milliseconds = (fallback: number, why: string) =>
  z.number().int().positive().default(fallback).describe(`Milliseconds. ${why}`);
const count = (fallback: number, why: string) => z.number().int().positive().default(fallback).describe(why);
const bytes = (fallback: number, why: string) =>
  z.number().int().positive().default(fallback).describe(`Bytes. ${why}`);

const aeTitle = z
  .string()
  .regex(
    /^[\x21-\x5b\x5d-\x7e](?:[\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/,
    'must be 1 to 16 ASCII characters, without a backslash',
  );
const port = z.number().int().min(0).max(65535);

const auth = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('basic'), user: z.string(), passwordFile: z.string() }),
    z.strictObject({ kind: z.literal('bearer'), tokenFile: z.string() }),
    z.strictObject({
      kind: z.literal('oauth2'),
      tokenUrl: z.url({ protocol: /^https?$/ }),
      clientId: z.string(),
      clientSecretFile: z.string(),
      scope: z.string().optional(),
    }),
  ])
  .default({ kind: 'none' })
  .describe(
    'How to log in; secrets stand in files of their own, never here. oauth2: a token for our client credentials, fetched anew before it ends.',
  );

const keyFile = z.string().describe('Private key, PEM.');
const certificateFile = z.string().describe('Certificate with its chain, PEM.');
const caFile = z.string().optional().describe('Certificates of those who vouch for the other side, PEM.');
const serverTls = (mutual: boolean, why: string) =>
  z
    .strictObject({
      keyFile,
      certificateFile,
      caFile,
      mutual: z.boolean().default(mutual).describe('The other side must show a certificate too.'),
    })
    .optional()
    .describe(`${why} Files are read again when they change.`);
const clientTls = z
  .strictObject({ caFile, keyFile: keyFile.optional(), certificateFile: certificateFile.optional() })
  .optional()
  .describe('Given, TLS 1.2 or newer (BCP 195), with our own certificate where one is named.');

const dimse = z.strictObject({
  aeTitle: aeTitle.default('APICAL').describe('Our AE title; modalities send to it.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Loopback until you set another, such as 0.0.0.0.'),
  port: port.default(11112).describe('TCP port; 0 takes a free one.'),
  callingAeTitles: z.array(aeTitle).default([]).describe('AE titles that may send; empty: any.'),
  anyCalledAeTitle: z.boolean().default(false).describe('Accept associations that call us by another title.'),
  associationsMax: count(32, 'Associations at one time.'),
  associationsPerPeerMax: count(16, 'Associations of one address at one time.'),
  pduLengthMax: bytes(262_144, 'Longest PDU that we accept.'),
  firstPduMs: milliseconds(10_000, 'Time for a peer to ask for an association.'),
  idleMs: milliseconds(60_000, 'Time between two PDUs before an association is aborted.'),
  associationMs: milliseconds(3_600_000, 'Longest life of an association.'),
  tls: serverTls(true, 'Given, only TLS 1.2 or newer is spoken (BCP 195).'),
});

const httpAuth = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('open') }),
    z.strictObject({ kind: z.literal('basic'), usersFile: z.string() }),
    z.strictObject({
      kind: z.literal('oidc'),
      issuer: z.url({ protocol: /^https?$/ }),
      audience: z.string(),
      rolesClaim: z.string().default('roles'),
      rolePrefix: z.string().default(''),
    }),
  ])
  .default({ kind: 'none' })
  .describe(
    'Who may read, act (store, demonstrate) and administer. none: this machine only. open: anybody who reaches the port. basic: lines of `apical password`. oidc: bearer tokens with the roles read, act, administer in a claim.',
  );

const http = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on. Loopback until you set another.'),
  port: port.default(8080).describe('TCP port of the page, the DICOMweb service and the metrics; 0 takes a free one.'),
  allowedOrigins: z.array(z.string()).default([]).describe('Origins of web viewers that may read /dicom-web.'),
  allowedHosts: z.array(z.string()).default([]).describe('Host names under which we are reached, beyond loopback.'),
  requestBytesMax: bytes(4 * 2 ** 30, 'Longest STOW-RS request.'),
  requestSilenceMs: milliseconds(60_000, 'Longest silence of a sender in the middle of a request.'),
  tls: serverTls(false, 'Given, HTTPS only.'),
  auth: httpAuth,
});

const archive = z.strictObject({
  name: z.string().min(1).describe('What you call it.'),
  url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root, such as http://pacs:8042/dicom-web.'),
  auth,
  modalities: z.array(z.string()).default(['US']).describe('Modalities to look for.'),
  schedule: z.string().default('*/30 * * * * *').describe('When to look, as a cron expression (with seconds).'),
  lookbackDays: count(2, 'Study dates to look at, in days before today; later parts of a study are found as long.'),
  pageSize: count(100, 'Results a page.'),
  timeoutMs: milliseconds(30_000, 'Longest silence of the archive.'),
});

const reports = z
  .array(z.enum(['measurement', 'text', 'echo', 'key-clips']))
  .default(['measurement', 'text'])
  .describe(
    'Reports it is sent; `echo` is a Simplified Adult Echo SR, for an echo information system; `key-clips` a Key Object Selection of the clips that were used.',
  );

const destination = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('c-store'),
    name: z.string().min(1).describe('What you call it.'),
    reports,
    aeTitle: aeTitle.describe('AE title of the archive.'),
    host: z.string().describe('Its host name or address.'),
    port: port.describe('Its TCP port.'),
    tls: clientTls,
    commitment: z
      .boolean()
      .default(false)
      .describe('A result counts as delivered once the archive has committed to it (PS3.4 annex J).'),
    commitmentMs: milliseconds(30_000, 'How long to wait for that; then it is asked again later.'),
    timeoutMs: milliseconds(60_000, 'Longest silence of the archive.'),
  }),
  z.strictObject({
    kind: z.literal('stow-rs'),
    name: z.string().min(1).describe('What you call it.'),
    reports,
    url: z.url({ protocol: /^https?$/ }).describe('DICOMweb root.'),
    auth,
    readBack: z
      .boolean()
      .default(false)
      .describe('Fetch each result again by WADO-RS and compare, before it counts as delivered.'),
    timeoutMs: milliseconds(60_000, 'Longest silence of the archive.'),
  }),
]);

const models = z.strictObject({
  findings: z
    .string()
    .default('phantom-echoclip')
    .describe('Model that answers the questions; `phantom-echoclip` ships with us and knows phantoms only.'),
  views: z.string().default('phantom-view-classifier').describe('Model that names the view of a clip.'),
  folder: z.string().optional().describe('Where imported models lie; default: `models` in the data folder.'),
  findingsFolder: z
    .string()
    .optional()
    .describe('Folder of your own findings, one YAML file each; default: `findings` beside the configuration file.'),
  prompts: z
    .string()
    .optional()
    .describe(
      "The authors' prompts_used.json, where you have it: its words replace ours. Beside the configuration file.",
    ),
  providers: z
    .array(z.enum(['cuda', 'tensorrt', 'webgpu', 'cpu']))
    .min(1)
    .default(['cuda', 'cpu'])
    .describe('Execution providers, first choice first.'),
  strict: z.boolean().default(false).describe('Refuse to start rather than fall back from the first provider.'),
  precision: z.enum(['fp32', 'fp16']).default('fp32').describe('Numbers the graphs compute with.'),
  threads: count(2, 'CPU threads of one inference.'),
  batch: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('Pictures of one run, at most; default: one on the CPU, which gains nothing by more, and 32 elsewhere.'),
  latencyMs: milliseconds(1000, 'How long pictures run together may keep others waiting; what bounds their number.'),
  method: z
    .enum(['auto', 'grad-cam', 'integrated-gradients'])
    .default('auto')
    .describe('PromptCAM method; auto: Grad-CAM on CPU, integrated gradients elsewhere.'),
  viewScoreMin: z.number().min(0).max(1).default(0.6).describe('Softmax score below which a view counts as unsure.'),
});

const assessment = z.strictObject({
  quietPeriodMs: milliseconds(10_000, 'How long nothing must come for a study before it counts as whole.'),
  framesMin: count(10, 'Shorter clips are not assessed.'),
  clipsMax: count(3, 'Clips of a suitable view, best first, that go into the findings.'),
  overlaysMax: z.number().int().min(0).default(2).describe('Findings that are drawn as PromptCAM overlays.'),
  deliverPhantomResults: z
    .boolean()
    .default(false)
    .describe(
      'Send results of the phantom model to destinations. For trying out a connection; never beside real patients.',
    ),
});

const results = z.strictObject({
  reportClass: z
    .enum(['comprehensive-sr', 'comprehensive-3d-sr'])
    .default('comprehensive-sr')
    .describe(
      'SOP class of the measurement report. IHE AI Results asks for `comprehensive-3d-sr`; fewer archives know it.',
    ),
  overlayEncoding: z
    .enum(['native', 'jpeg'])
    .default('native')
    .describe('How overlays are stored: as they are, or ten times smaller as baseline JPEG.'),
  colours: z.enum(['red-green', 'colour-blind-safe']).default('red-green').describe('Colour scale of the overlays.'),
  timezone: z
    .string()
    .regex(/^[+-]\d{4}$/, 'must be an offset from UTC such as +0100')
    .default('+0000')
    .describe('Offset from UTC of studies that state none. Only echo reports need it: their class demands one.'),
});

const limits = z.strictObject({
  instanceBytesMax: bytes(2 * 2 ** 30, 'Largest object accepted.'),
  studyBytesMax: bytes(64 * 2 ** 30, 'Most bytes of one study.'),
  queueMax: count(10_000, 'Jobs that may wait; while there are more, senders are told to come back later.'),
  freeBytesMin: bytes(2 ** 30, 'Below this much free space nothing more is accepted.'),
  readers: count(2, 'Worker threads that read and decode.'),
  readerTimeMs: milliseconds(60_000, 'Time for one object before its worker is killed.'),
  readerMemoryMb: count(1024, 'Megabytes a reading worker may use before it is killed.'),
  attemptsMax: count(12, 'Times a job is tried before it is set aside for a person.'),
  backOffFirstMs: milliseconds(2_000, 'Pause after the first failure; it doubles.'),
  backOffMaxMs: milliseconds(900_000, 'Longest pause between tries.'),
  leaseMs: milliseconds(60_000, 'After this long without a sign of life a job is told again.'),
});

export const schema = z.strictObject({
  dataFolder: z.string().default('data').describe('Where everything is kept; created when missing.'),
  dimse: dimse.prefault({}).describe('Receiving over DICOM.'),
  http: http.prefault({}).describe('The page, DICOMweb, health and metrics.'),
  archives: z.array(archive).default([]).describe('DICOMweb archives to watch for new studies.'),
  destinations: z.array(destination).default([]).describe('Where results go, beside the built-in archive.'),
  models: models.prefault({}).describe('What looks at the clips.'),
  assessment: assessment.prefault({}).describe('When and how a study is assessed.'),
  results: results.prefault({}).describe('What the results look like to an archive.'),
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
