import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AgentError } from '#domain/errors';
import { userLine } from '#http/basic-login';
import { isRole, roles as allRoles } from '#http/login';
import { defineCommand } from '#cli/command';

/** Makes a user's line for the file that `http.auth.usersFile` names. */
export default defineCommand({
  usage: 'password <name>',
  summary: "read a password, typed or from stdin, and print the user's line for http.auth.usersFile",
  options: [['--roles <roles>', 'read, act, administer; several with commas', 'read']],
  async run({ args: [name = ''], options }, terminal) {
    const roles = String(options['roles']).split(',');
    const unknown = roles.find((role) => !isRole(role));
    if (unknown !== undefined) {
      throw new AgentError('REQUEST_INVALID', `${unknown} is no role; there are ${allRoles.join(', ')}.`);
    }
    const password = process.stdin.isTTY ? await typed() : await piped();
    const line = await userLine(String(name), roles.filter(isRole), password);
    terminal.say(line);
    return { document: { line } };
  },
});

async function piped(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
}

/** Asked for where a person sits, and not shown; stdout stays for the line. */
async function typed(): Promise<string> {
  process.stderr.write('Password: ');
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reading = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await new Promise((resolve) => {
      reading.once('line', resolve).once('close', () => resolve('')); // Ctrl-C and Ctrl-D close it
    });
  } finally {
    reading.close();
    process.stderr.write('\n');
  }
}
