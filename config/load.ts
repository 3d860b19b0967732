import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { AgentError } from '#domain/errors';
import { complaints } from './complaint.ts';
import { schema, type Configuration } from './schema.ts';

export const defaultFile = 'apical.yaml';

export interface Loading {
  /** A YAML file; without one, `apical.yaml` in the working folder where it exists, else the defaults. */
  readonly file?: string | undefined;
  /** Settings of the command line, by path: they win over the file. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** The file that holds: the one named, that of the environment, or `apical.yaml` in the working folder where it exists. */
export function configurationFile(named?: string): string | undefined {
  return named ?? process.env['APICAL_CONFIG'] ?? (existsSync(defaultFile) ? defaultFile : undefined);
}

/** Reads the configuration. A wrong one is reported on as a whole, each fault with its place. */
export function loadConfiguration({ file, overrides = {} }: Loading = {}): Configuration {
  const path = configurationFile(file);
  const text = path === undefined ? '' : read(path);
  const result = schema.safeParse(withOverrides(parsed(text, path), overrides));
  if (!result.success) {
    const faults = complaints(text, result.error.issues).join('; ');
    throw new AgentError('CONFIGURATION_INVALID', `${path ?? 'the defaults'}: ${faults}`);
  }
  checkTogether(result.data, path ?? 'the defaults');
  return {
    ...result.data,
    dataFolder: resolve(result.data.dataFolder),
    models: { ...result.data.models, ...filesBeside(path, result.data.models) },
  };
}

/** A site's own findings and prompts are named from where the configuration lies. */
function filesBeside(
  path: string | undefined,
  { findingsFolder, prompts }: Configuration['models'],
): Pick<Configuration['models'], 'findingsFolder' | 'prompts'> {
  const folder = path === undefined ? '.' : dirname(path);
  const usual = path !== undefined && existsSync(resolve(folder, 'findings')) ? 'findings' : undefined;
  const findings = findingsFolder ?? usual;
  return {
    ...(findings !== undefined && { findingsFolder: resolve(folder, findings) }),
    ...(prompts !== undefined && { prompts: resolve(folder, prompts) }),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there.' : String(cause);
    throw new AgentError('CONFIGURATION_INVALID', `${path} cannot be read: ${reason}`, { cause });
  }
}

function parsed(text: string, path: string | undefined): unknown {
  try {
    return parse(text) ?? {};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(':\n')[0] : String(cause);
    throw new AgentError('CONFIGURATION_INVALID', `${path} cannot be read: ${reason}.`, { cause });
  }
}

function withOverrides(given: unknown, overrides: Readonly<Record<string, unknown>>): unknown {
  const merged = structuredClone(given) as Record<string, unknown>;
  for (const [path, value] of Object.entries(overrides)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    let at = merged;
    for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return merged;
}

function checkTogether({ archives, destinations, triage, dimse, keeping }: Configuration, where: string): void {
  if (dimse.commitment.length > 0 && keeping.pushedSources) {
    const contradiction = 'dimse.commitment vouches for what modalities sent, and keeping.pushedSources lets it go';
    throw new AgentError('CONFIGURATION_INVALID', `${where}: ${contradiction}: choose one.`);
  }
  for (const [list, entries] of Object.entries({ archives, destinations })) {
    const names = entries.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new AgentError('CONFIGURATION_INVALID', `${where}: two of ${list} are named ${twice}.`);
  }
  for (const { name, notify } of triage.rules) {
    const unknown = notify.find((destination) => !destinations.some((each) => each.name === destination));
    if (unknown === undefined) continue;
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `${where}: rule ${name} notifies ${unknown}, which is no destination.`,
    );
  }
}
