import { readdir } from 'node:fs/promises';
import type { ReportTemplate } from '#templates/report-template';

const folder = new URL('../../sr-templates/reports/', import.meta.url);

/** Every file of `sr-templates/reports`, in the order of their series: to add a report is to add a file. */
export async function reportCatalogue(): Promise<readonly ReportTemplate[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts')).toSorted();
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<{ default: ReportTemplate }>),
  );
  return modules.map((module) => module.default).sort((a, b) => a.seriesNumber - b.seriesNumber);
}
