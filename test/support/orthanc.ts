import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running Orthanc with its DICOMweb plugin: a foreign archive, empty at first. */
interface Orthanc {
  /** Its own interface, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly dicomWebUrl: string;
  readonly dicomPort: number;
  readonly aeTitle: string;
  /** Puts one Part 10 file in by Orthanc's own interface. */
  put(file: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

export interface OrthancSettings {
  /** Nodes that it may send to, by name: AE title, host, port. */
  readonly modalities?: Readonly<Record<string, readonly [string, string, number]>>;
  /** Further settings of Orthanc's configuration file. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const plugin = ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so', '/usr/lib/orthanc/libOrthancDicomWeb.so'];

/** Starts Orthanc on free ports with its data in a folder of its own. */
export async function startOrthanc({ modalities = {}, more = {} }: OrthancSettings = {}): Promise<Orthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'orthanc-'));
  const [httpPort, dicomPort] = await Promise.all([freePort(), freePort()]);
  const configuration = {
    Name: 'Archive',
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    DicomPort: dicomPort,
    DicomAet: 'ORTHANC',
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomAlwaysAllowStore: true,
    DicomCheckModalityHost: false,
    DicomModalities: modalities,
    Plugins: plugin.filter(existsSync),
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
    ...more,
  };
  const file = join(folder, 'configuration.json');
  await writeFile(file, JSON.stringify(configuration));
  const child = spawn('Orthanc', [file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${httpPort}`;
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; !(await answers(`${url}/dicom-web/studies?limit=1`)); attempt += 1) {
    if (child.exitCode !== null || attempt > 150) {
      await stop();
      throw new Error(`Orthanc did not start: ${said}`);
    }
    await sleep(100);
  }
  return {
    url,
    dicomWebUrl: `${url}/dicom-web`,
    dicomPort,
    aeTitle: 'ORTHANC',
    async put(part10) {
      const answer = await fetch(`${url}/instances`, { method: 'POST', body: part10 as BodyInit });
      if (!answer.ok) throw new Error(`Orthanc refused the file: ${answer.status} ${await answer.text()}`);
    },
    stop,
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );
}

/** A TCP port that nobody listens on at present. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}
