import { readFileSync } from 'node:fs';
import type { ArchiveSettings } from '#config/schema';
import type { Authorization } from '#dicomweb/client/authorization';
import { createTokenSource } from '#dicomweb/client/oauth2';
import { AgentError } from '#domain/errors';

/** How to log in to an archive, with the secrets read from their files. Throws CONFIGURATION_INVALID. */
export function credentialsOf(auth: Extract<ArchiveSettings, { url: string }>['auth']): Authorization {
  switch (auth.kind) {
    case 'none':
      return { kind: 'none' };
    case 'basic':
      return { kind: 'basic', user: auth.user, password: secretIn(auth.passwordFile) };
    case 'bearer':
      return { kind: 'bearer-file', path: auth.tokenFile };
    case 'oauth2':
      return { kind: 'oauth2', tokens: createTokenSource(auth) };
  }
}

/** The secret that a file holds. Throws CONFIGURATION_INVALID. */
export function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new AgentError('CONFIGURATION_INVALID', `The secret file ${file} cannot be read.`, { cause });
  }
}
