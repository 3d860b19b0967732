import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { AgentError, asAgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import type { Certificates } from './ports.ts';

/** Where key and certificates lie, as PEM. */
export interface CertificateFiles {
  readonly keyFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly caFile?: string | undefined;
  /** Whether the other side must show a certificate that `caFile` vouches for. */
  readonly mutual?: boolean | undefined;
}

/**
 * TLS 1.2 with forward secrecy and authenticated encryption, or 1.3: RFC 9325 (BCP 195), as PS3.15 annex B.13 asks for.
 * TLS 1.0 and 1.1 are not spoken (RFC 8996).
 */
const protocol = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: true,
} as const;

const lookEveryMs = 2_000;

/** Reads certificates, and reads them again when their files change; what cannot be used is passed over and told. Throws CONFIGURATION_INVALID. */
export function openCertificates(
  setting: string,
  files: CertificateFiles,
  { publish, everyMs = lookEveryMs }: { publish: Publish; everyMs?: number },
): Certificates & { close(): void } {
  const { mutual = false } = files;
  if (mutual && files.caFile === undefined) {
    throw new AgentError(
      'CONFIGURATION_INVALID',
      `${setting}.caFile is needed to know the other side by its certificate.`,
    );
  }
  let options = usable(setting, files);
  const listeners: (() => void)[] = [];
  const reload = (): void => {
    try {
      options = usable(setting, files);
      for (const listener of listeners) listener();
      publish({ kind: 'certificates-reloaded', setting, ok: true });
    } catch (thrown) {
      publish({ kind: 'certificates-reloaded', setting, ok: false, because: asAgentError(thrown).detail });
    }
  };
  const names = [files.keyFile, files.certificateFile, files.caFile].filter((name) => name !== undefined);
  for (const name of names) watchFile(name, { interval: everyMs, persistent: false }, reload);
  return {
    options: () => ({ ...protocol, ...options, requestCert: mutual, rejectUnauthorized: mutual }),
    onChange: (listener) => void listeners.push(listener),
    close: () => names.forEach((name) => unwatchFile(name, reload)),
  };
}

function usable(setting: string, { keyFile, certificateFile, caFile }: CertificateFiles) {
  const read = (name: string | undefined) => (name === undefined ? undefined : readFileSync(name));
  try {
    const [key, cert, ca] = [read(keyFile), read(certificateFile), read(caFile)];
    const options = { ...(key && { key }), ...(cert && { cert }), ...(ca && { ca }) };
    createSecureContext({ ...protocol, ...options }); // key and certificate belong together
    return options;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const detail = `The key or a certificate of ${setting} cannot be used: ${reason}.`;
    throw new AgentError('CONFIGURATION_INVALID', detail, { cause });
  }
}
