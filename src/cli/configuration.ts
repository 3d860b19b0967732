import { resolve } from 'node:path';
import { loadConfiguration } from '#config/load';
import type { Configuration } from '#config/schema';

/** The configuration as a command's options ask for it. */
export function configurationOf(
  options: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, unknown>> = {},
): Configuration {
  const { config, data, prompts } = options as { config?: string; data?: string; prompts?: string };
  return loadConfiguration({
    file: config,
    overrides: {
      ...overrides,
      ...(data !== undefined && { dataFolder: data }),
      ...(prompts !== undefined && { 'models.prompts': resolve(prompts) }),
    },
  });
}

/** Of commands that ask a model the findings. */
export const promptsOption = [
  '--prompts <file>',
  "the authors' prompts_used.json, instead of the configured one: its words replace ours",
] as const;

/** Of commands that work on the agent's data. */
export const dataOption = [
  '--data <folder>',
  'data folder, instead of the configured one (which is data, unless set)',
] as const;
