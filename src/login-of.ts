import type { Configuration } from '#config/schema';
import { AgentError } from '#domain/errors';
import { basicLogin } from '#http/basic-login';
import type { LoginMethod } from '#http/login';
import { oidcLogin } from '#http/oidc-login';

/** How to log in to the page and the archive. Throws CONFIGURATION_INVALID where others than this machine could come in without. */
export function loginOf({ host, auth }: Configuration['http']): LoginMethod | undefined {
  switch (auth.kind) {
    case 'none':
      if (isLoopback(host)) return undefined;
      throw new AgentError(
        'CONFIGURATION_INVALID',
        `http.host ${host} lets other machines in: set http.auth to basic or oidc, or to open if anybody may read and store.`,
      );
    case 'open':
      return undefined;
    case 'basic':
      return basicLogin(auth.usersFile);
    case 'oidc':
      return oidcLogin(auth);
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
