import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect } from '@jest/globals';
import { userLine } from '#http/basic-login';
import { apical, startAgentProcess } from '#test/support/agent-process';
import { makeAuthority } from '#test/support/certificates';
import { makeDicom } from '#test/support/make-dicom';
import { testWith } from '#test/support/peers';

const folder = mkdtempSync(join(tmpdir(), 'apical-secure-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = promisify(execFile);

testWith(
  ['openssl', 'storescu'],
  'an agent that others may reach speaks TLS on both doors, and asks who is there',
  async () => {
    const authority = makeAuthority();
    const [server, client] = [authority.issue('server'), authority.issue('client')];
    const usersFile = join(folder, 'users');
    writeFileSync(usersFile, await userLine('reader', ['read'], 'only to look'));
    const { caFile } = server;
    const http = { port: 0, host: '0.0.0.0', tls: { ...server, mutual: false }, auth: { kind: 'basic', usersFile } };
    const agent = await startAgentProcess(
      { dimse: { port: 0, tls: server }, http },
      { dataFolder: join(folder, 'data') },
    );
    try {
      const ask = async (auth?: string) => {
        const sent = get(new URL('/api/studies', agent.page), { ca: readFileSync(caFile), ...(auth && { auth }) });
        const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
        response.resume();
        return response.statusCode;
      };
      expect(new URL(agent.page).protocol).toBe('https:');
      expect([await ask(), await ask('reader:wrong'), await ask('reader:only to look')]).toEqual([401, 401, 200]);
      const old = `echo | timeout 10 openssl s_client -connect ${new URL(agent.page).host} -tls1_1 -cipher ALL:@SECLEVEL=0 2>&1`;
      const { stdout } = await run('sh', ['-c', `${old} || true`]);
      expect(stdout).toMatch(/alert protocol version|no protocols available|unsupported protocol/);
      const file = join(folder, 'object.dcm');
      writeFileSync(file, makeDicom({ study: '1.2', series: '1.2.1', sopInstance: '1.2.3.1', frames: [1] }));
      const identity = ['+tls', client.keyFile, client.certificateFile, '+cf', caFile];
      await run('storescu', [...identity, '-xe', '-aec', 'APICAL', '127.0.0.1', String(agent.dimse.port), file]);
      expect(agent.log()).toContain('wrong login');
    } finally {
      await agent.kill('SIGTERM');
      rmSync(authority.folder, { recursive: true });
    }
  },
  120_000,
);

testWith(
  [],
  'an agent that others may reach without a login does not start, and says what to do',
  async () => {
    const config = join(folder, 'open.yaml');
    const data = JSON.stringify(join(folder, 'open'));
    writeFileSync(config, `{ dataFolder: ${data}, dimse: { port: 0 }, http: { port: 0, host: 0.0.0.0 } }`);
    const { exitCode, stderr } = await apical('start', '--config', config);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('set http.auth to basic or oidc');
  },
  60_000,
);
