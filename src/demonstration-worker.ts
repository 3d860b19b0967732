import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { makeDemoStudy } from '#models/phantom/demo-study';

// Makes the objects of a demonstration study and writes them into the folder that was given.
const { folder, seed } = workerData as { folder: string; seed: number };
const paths: string[] = [];
for await (const { name, bytes, total } of makeDemoStudy({ seed })) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  paths.push(path);
  parentPort?.postMessage({ step: 'make', done: paths.length, total });
}
parentPort?.postMessage({ paths });
