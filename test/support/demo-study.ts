import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeader } from '#dicom/header';
import type { FileToSend } from '#dimse/storage-scu';
import type { StudyUid } from '#domain/uid';
import { makeDemoStudy } from '#models/phantom/demo-study';

/** One object of the study, in the order of recording. */
export interface DemoFile extends FileToSend {
  /** Such as `04-a4c-b-mode.dcm`. */
  readonly name: string;
  readonly study: StudyUid;
}

/** The demonstration study of a seed as files: drawn once in a run, by the suite that asks first. They are read, never written. */
export async function demoStudyFiles(seed: number): Promise<readonly DemoFile[]> {
  const folder = join(process.env['APICAL_TEST_RUN']!, `demo-study-${seed}`);
  if (!existsSync(folder)) {
    const drawn = await mkdtemp(`${folder}-`);
    for await (const { name, bytes } of makeDemoStudy({ seed })) await writeFile(join(drawn, name), bytes);
    await rename(drawn, folder).catch(async (error: unknown) => {
      if (!existsSync(folder)) throw error; // else another suite was faster
      await rm(drawn, { recursive: true });
    });
  }
  const names = (await readdir(folder)).sort();
  return names.map((name) => ({ name, path: join(folder, name), ...readHeader(join(folder, name)) }));
}
