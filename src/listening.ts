import { AgentError } from '#domain/errors';

interface Door {
  /** Where in the configuration it stands, such as `dimse`. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/** Opens a listening door, or says in a sentence why it cannot be opened and what to do. */
export async function listening<T>({ setting, host, port }: Door, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw cause;
    throw new AgentError('CONFIGURATION_INVALID', `${host}:${port} ${reason.replaceAll('SETTING', setting)}`, {
      cause,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program: stop it, or set another SETTING.port (0 takes a free one).',
  EACCES: 'may not be opened by this user: set a SETTING.port above 1023.',
  EADDRNOTAVAIL: 'is no address of this machine: set another SETTING.host.',
  ENOTFOUND: 'is no name that can be resolved: set another SETTING.host.',
};
