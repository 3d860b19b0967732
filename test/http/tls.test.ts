import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect } from '@jest/globals';
import type { AgentEvent } from '#domain/event';
import { openCertificates } from '#src/certificates';
import { until } from '#test/support/agent-process';
import { makeAuthority, type Pair } from '#test/support/certificates';
import { testWith } from '#test/support/peers';
import { createSample } from './sample.ts';
import { startService } from './start.ts';

const folder = mkdtempSync(join(tmpdir(), 'https-'));
afterAll(() => rmSync(folder, { recursive: true }));

testWith(['openssl'], 'HTTPS takes changed certificates without a restart, and passes over broken ones', async () => {
  await using cleanup = new AsyncDisposableStack();
  const authority = makeAuthority();
  cleanup.defer(() => rmSync(authority.folder, { recursive: true }));
  const [first, second] = [authority.issue('first'), authority.issue('second')];
  const files = { keyFile: join(folder, 'key.pem'), certificateFile: join(folder, 'certificate.pem') };
  const put = (pair: Pair) => {
    copyFileSync(pair.keyFile, files.keyFile);
    copyFileSync(pair.certificateFile, files.certificateFile);
  };
  put(first);
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => void events.push(event);
  const certificates = openCertificates('http.tls', files, { publish, everyMs: 50 });
  cleanup.defer(certificates.close);
  const sample = await createSample();
  cleanup.defer(() => sample.archive.remove());
  const service = await startService(sample, { certificates });
  cleanup.defer(() => service.close());
  const shown = async (): Promise<string> => {
    const { port } = new URL(service.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: readFileSync(first.caFile) });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN as string;
    socket.destroy();
    return name;
  };
  const told = (ok: boolean) =>
    until(async () => events.some((event) => event.kind === 'certificates-reloaded' && event.ok === ok) || undefined, {
      seconds: 10,
      what: 'the look at the files',
    });
  expect(await shown()).toBe('first');
  writeFileSync(files.keyFile, 'no key');
  await told(false);
  expect(await shown()).toBe('first');
  put(second);
  await told(true);
  expect(await shown()).toBe('second');
});
