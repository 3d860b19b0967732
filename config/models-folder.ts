import { join } from 'node:path';
import type { Configuration } from './schema.ts';

/** Where imported models lie, one folder each. */
export function modelsFolderOf({ dataFolder, models }: Pick<Configuration, 'dataFolder' | 'models'>): string {
  return models.folder ?? join(dataFolder, 'models');
}
