import { once } from 'node:events';
import { createConnection } from 'node:net';
import { access, mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { constants, existsSync } from 'node:fs';
import { modelsFolderOf } from '#config/models-folder';
import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import { loadFindings } from '#models/echoclip/findings';
import { loadQuestions } from '#models/echoclip/questions';
import { provideModel } from '#models/provide';
import { openRuntime } from '#models/runtime';
import { systemClock } from '#src/clock';
import { loginOf } from '#src/login-of';
import { quarantined } from '#src/quarantine';
import { examineArchive, repairArchive } from '#src/repair';
import { isRoot, rootAdvice } from '#src/root';
import { checkRules } from '#src/rule-table';
import { lockDataFolder } from '#store/open';
import { defineCommand, exitCodes } from '#cli/command';
import { configurationOf, dataOption } from '#cli/configuration';
import { examineArchive as examineWatched, examineDestination } from '#cli/examine-peers';
import { examineProvider } from '#cli/examine-provider';
import { asToldFault } from '#cli/told-fault';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Says what stands in the way of the agent's work, and what to do about it. */
export default defineCommand({
  usage: 'doctor',
  summary: 'check the set-up: folders, models, rules, ports, login, archives, destinations',
  options: [
    dataOption,
    [
      '--repair',
      'hold the archive against the database byte for byte and enter what it does not know (the agent is stopped)',
    ],
  ],
  async run({ options }, terminal) {
    const configuration = configurationOf(options);
    const checks: Check[] = [];
    const archive: Examination = ['archive', () => examineFiles(configuration, options['repair'] === true)];
    for (const [name, examine] of [archive, ...examinations(configuration)]) {
      const check = await examine().then(
        (detail) => ({ name, ok: true, detail }),
        (thrown: unknown) => ({ name, ok: false, detail: asToldFault(thrown).message }),
      );
      terminal.say(`${check.ok ? 'ok    ' : 'FAILED'}  ${name}: ${check.detail}`);
      checks.push(check);
    }
    const healthy = checks.every(({ ok }) => ok);
    return { document: { healthy, checks }, exitCode: healthy ? exitCodes.ok : exitCodes.failed };
  },
});

type Examination = readonly [name: string, examine: () => Promise<string>];

function examinations(configuration: Configuration): readonly Examination[] {
  const { dimse, http, archives, destinations } = configuration;
  return [
    ['node', async () => `version ${process.versions.node}`],
    ['user', async () => (isRoot() ? `root: ${rootAdvice}` : 'not root')],
    ['data folder', () => examineFolder(configuration)],
    ['quarantine', () => examineQuarantine(configuration)],
    ['models', () => examineModels(configuration)],
    ...configuration.models.providers.map((provider): Examination => [
      `provider ${provider}`,
      () => examineProvider(provider, configuration),
    ]),
    ['findings', () => examineFindings(configuration)],
    ['rules', () => examineRules(configuration)],
    ['DICOM port', () => examinePort('dimse', dimse, configuration)],
    ['HTTP port', () => examinePort('http', http, configuration)],
    ['login', async () => `${loginOf(http) ? `by ${http.auth.kind}` : 'none'} at the page and the archive`],
    ...archives.map((archive): Examination => [
      `archive ${archive.name}`,
      () => examineWatched(archive, dimse.aeTitle),
    ]),
    ...destinations.map((destination): Examination => [
      `destination ${destination.name}`,
      () => examineDestination(destination, dimse.aeTitle),
    ]),
  ];
}

async function examineFiles(configuration: Configuration, repair: boolean): Promise<string> {
  const report = repair ? await repairArchive(configuration, systemClock) : await examineArchive(configuration);
  const { files, rows, unknown, missing, damaged, entered, setAside } = report;
  const said = [
    `${files} files, ${rows} entries`,
    ...(setAside === undefined ? [] : [`the database could not be read and lies in ${setAside}`]),
    ...(unknown.length === 0 ? [] : [`${unknown.length} files without an entry`]),
    ...(repair && unknown.length > 0
      ? [`${entered} of them entered: their studies are assessed at the next start`]
      : []),
  ].join('; ');
  const lost = [...missing.map((uid) => `${uid} has no file`), ...damaged.map((uid) => `${uid} has another file`)];
  if (lost.length === 0) return said;
  throw new AgentError('FILE_MISSING', `${said}; ${lost.slice(0, 20).join(', ')}: restore these files from a backup.`);
}

async function examineQuarantine({ dataFolder }: Configuration): Promise<string> {
  const counts = [...(await quarantined(dataFolder))].map(([code, count]) => `${count} ${code}`);
  return counts.length === 0 ? 'no object was refused' : `refused objects lie there: ${counts.join(', ')}`;
}

async function examineFolder({ dataFolder, limits }: Configuration): Promise<string> {
  const folder = existsSync(dataFolder) ? dataFolder : dirname(dataFolder);
  await mkdir(dataFolder, { recursive: true });
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  const enough = bavail * bsize >= limits.freeBytesMin;
  return `${dataFolder} is writable, ${free} MB free${enough ? '' : ' (too little: nothing is accepted)'}`;
}

async function examineModels({ dataFolder, models }: Configuration): Promise<string> {
  const modelsFolder = modelsFolderOf({ dataFolder, models });
  for (const id of [models.findings, models.views]) await provideModel({ id, modelsFolder });
  const runtime = await openRuntime(models);
  await runtime.close();
  const passedOver =
    runtime.passedOver.length > 0
      ? `; passed over: ${runtime.passedOver.map((reason) => reason.split(':', 1)[0]).join(', ')}`
      : '';
  return `${models.findings} and ${models.views} on ${runtime.provider}${passedOver}`;
}

async function examineFindings({ models }: Configuration): Promise<string> {
  const [all, shipped] = [await loadQuestions(models), await loadFindings()];
  const { findingsFolder, prompts } = models;
  const own = findingsFolder === undefined ? '' : `, ${all.length - shipped.length} of them from ${findingsFolder}`;
  return `${all.length} are asked for${own}${prompts === undefined ? '' : `; in the words of ${prompts}`}`;
}

async function examineRules(configuration: Configuration): Promise<string> {
  checkRules(configuration, await loadQuestions(configuration.models));
  return `${configuration.triage.rules.length} say which study is read first`;
}

interface Door {
  readonly host: string;
  readonly port: number;
}

/** Whether the door is ours to open, or open already. */
async function examinePort(setting: string, { host, port }: Door, { dataFolder }: Configuration): Promise<string> {
  const socket = createConnection({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2000) });
  } catch {
    return `${host}:${port} is free`; // nobody took the connection
  } finally {
    socket.destroy();
  }
  if (isAtWork(dataFolder)) return `${host}:${port} is open: an agent is at work on the data folder`;
  const words = `${host}:${port} is taken by another program: stop it, or set another ${setting}.port.`;
  throw new AgentError('CONFIGURATION_INVALID', words);
}

function isAtWork(dataFolder: string): boolean {
  try {
    lockDataFolder(dataFolder).release();
    return false;
  } catch {
    return true; // it says so: there is one agent a data folder
  }
}
