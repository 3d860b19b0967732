import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of a key and its certificate, and the certificate of those who vouch for it. */
export interface Pair {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly caFile: string;
}

/** A certification authority for tests, by openssl; its folder is left to the system's cleaning. */
export function makeAuthority(): { readonly folder: string; issue(name: string): Pair } {
  const folder = mkdtempSync(join(tmpdir(), 'ca-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-sha256'];
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=Test CA', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  return {
    folder,
    issue(name) {
      const [keyFile, certificateFile, request, extensions] = ['key', 'pem', 'csr', 'ext'].map((end) =>
        at(`${name}.${end}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
      openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request);
      const by = [
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
        '-days',
        '2',
        '-sha256',
        '-extfile',
        extensions,
      ];
      openssl('x509', '-req', '-in', request, ...by, '-out', certificateFile);
      return { keyFile, certificateFile, caFile: at('ca.pem') };
    },
  };
}
