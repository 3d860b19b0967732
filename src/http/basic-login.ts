import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { AgentError } from '#domain/errors';
import { isRole, type Login, type LoginMethod, type Role } from './login.ts';

interface User {
  readonly roles: readonly Role[];
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
/** OWASP's first choice for scrypt; 128 MB a try, so that few tries run at one time. */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
const hashBytes = 32;
const triesMax = 16;
const rememberedMax = 1000;

/** The line of a user in the users' file: name, roles, salt and scrypt hash of the password. */
export async function userLine(name: string, roles: readonly Role[], password: string): Promise<string> {
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new AgentError('REQUEST_INVALID', 'A name has letters, digits and . _ @ - only.');
  if (password.length < 8) throw new AgentError('REQUEST_INVALID', 'A password has 8 characters or more.');
  const salt = randomBytes(16);
  const hash = await derive(password, salt, hashBytes, cost);
  return [name, roles.join(','), salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/** Names and passwords over a file of `userLine`s, read again when it changes. Throws CONFIGURATION_INVALID. */
export function basicLogin(usersFile: string): LoginMethod {
  let users = readUsers(usersFile);
  let readAt = modifiedAt(usersFile);
  const seal = randomBytes(32);
  const remembered = new Map<string, Login>(); // digests of logins that were right: scrypt takes long
  let last: Promise<unknown> = Promise.resolve();
  let tries = 0;

  const reread = (): void => {
    const at = modifiedAt(usersFile);
    if (at === readAt) return;
    readAt = at;
    users = readUsers(usersFile);
    remembered.clear();
  };
  const check = async (name: string, password: string): Promise<Login> => {
    const user = users.get(name);
    // An unknown name takes as long as a wrong password.
    const salt = user?.salt ?? seal.subarray(0, 16);
    const hash = await derive(password, salt, hashBytes, cost);
    if (user && timingSafeEqual(hash, user.hash)) return { kind: 'known', roles: user.roles, name };
    return { kind: 'none', because: 'wrong' };
  };
  const inTurn = async (act: () => Promise<Login>): Promise<Login> => {
    if (tries >= triesMax) throw new AgentError('TOO_BUSY', 'Too many logins at one time.');
    tries += 1;
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine.finally(() => (tries -= 1));
  };
  return {
    challenge: 'Basic realm="Apical", charset="UTF-8"',
    async login(authorization) {
      reread();
      const given = /^Basic ([\w+/=-]{1,1000})$/i.exec(authorization)?.[1];
      if (given === undefined) return { kind: 'none', because: authorization === '' ? 'missing' : 'wrong' };
      const key = createHmac('sha256', seal).update(given).digest('base64');
      const known = remembered.get(key);
      if (known) return known;
      const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(given, 'base64').toString()) ?? [];
      const login = await inTurn(() => check(name, password));
      if (login.kind === 'known' && remembered.size < rememberedMax) remembered.set(key, login);
      return login;
    },
  };
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readUsers(file: string): ReadonlyMap<string, User> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AgentError('CONFIGURATION_INVALID', `The users' file ${file} cannot be read.`, { cause });
  }
  const users = new Map<string, User>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [name, roles = '', salt = '', hash = ''] = line.trim().split(':');
    const user = {
      roles: roles.split(',').filter(isRole),
      salt: Buffer.from(salt, 'base64url'),
      hash: Buffer.from(hash, 'base64url'),
    };
    if (!name || user.roles.length === 0 || user.hash.length !== hashBytes) {
      const detail = `Line ${index + 1} of the users' file ${file} is none that apical password makes.`;
      throw new AgentError('CONFIGURATION_INVALID', detail);
    }
    users.set(name, user);
  }
  return users;
}
