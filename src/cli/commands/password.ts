import { AgentError } from '#domain/errors';
import { userLine } from '#http/basic-login';
import { isRole, roles as allRoles } from '#http/login';
import { defineCommand } from '#cli/command';

/** Makes a user's line for the file that `http.auth.usersFile` names. */
export default defineCommand({
  usage: 'password <name>',
  summary: "read a password from stdin and print the user's line for http.auth.usersFile",
  options: [['--roles <roles>', 'read, act, administer; several with commas', 'read']],
  async run({ args: [name = ''], options }, terminal) {
    const roles = String(options['roles']).split(',');
    const unknown = roles.find((role) => !isRole(role));
    if (unknown !== undefined) {
      throw new AgentError('REQUEST_INVALID', `${unknown} is no role; there are ${allRoles.join(', ')}.`);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    const password = Buffer.concat(chunks)
      .toString()
      .replace(/\r?\n$/, '');
    const line = await userLine(String(name), roles.filter(isRole), password);
    terminal.say(line);
    return { document: { line } };
  },
});
