import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The viewer that judges us: a peer, never a dependency. */
export const ohifVersion = '3.13.2';
const integrity = 'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==';
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'apical');
const fetchMs = 240_000;

/** Where its page lies, or why it cannot be had. */
export type Ohif =
  { readonly kind: 'here'; readonly page: string } | { readonly kind: 'missing'; readonly because: string };

/** Takes OHIF from the cache, or fetches it by `npm pack` from the registry, held to its digest. */
export async function provideOhif(): Promise<Ohif> {
  const folder = join(cache, `ohif-${ohifVersion}`);
  const page = join(folder, 'package', 'dist');
  if (existsSync(join(page, 'index.html'))) return { kind: 'here', page };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    const bounded = { timeout: fetchMs, cwd: work };
    await run('npm', ['pack', `@ohif/app@${ohifVersion}`, '--silent'], bounded);
    const archive = join(work, `ohif-app-${ohifVersion}.tgz`);
    const hash = createHash('sha512');
    await pipeline(createReadStream(archive), hash);
    if (`sha512-${hash.digest('base64')}` !== integrity)
      return { kind: 'missing', because: 'the registry gave another package under its version' };
    await run('tar', ['-xzf', archive], bounded);
    await rm(archive);
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(join(page, 'index.html'))) throw error; // else somebody else was faster
    });
    return { kind: 'here', page };
  } catch {
    return { kind: 'missing', because: `the registry does not give @ohif/app ${ohifVersion}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
