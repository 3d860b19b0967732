import { loadConfiguration } from '#config/load';
import type { Configuration } from '#config/schema';

/** The configuration as a command's options ask for it. */
export function configurationOf(
  options: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, unknown>> = {},
): Configuration {
  const { config, data } = options as { config?: string; data?: string };
  return loadConfiguration({
    file: config,
    overrides: { ...overrides, ...(data !== undefined && { dataFolder: data }) },
  });
}
