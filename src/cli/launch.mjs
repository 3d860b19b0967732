#!/usr/bin/env node
// Runs the command line on the project's own Node (24, from the platform package), whatever Node the system has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const [major] = process.versions.node.split('.').map(Number);
if (major >= 24) {
  // Sources stripped of types and compiled are kept beside the packages, for worker threads too: a start in half the time,
  // and 30 MB less for each thread that need not load the stripper. A young heap that does not grow spares 50 MB more.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/apical', import.meta.url));
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // Types are stripped from what the page is served; Node calls that experimental, which is no news to a user.
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  await import('./apical.ts');
} else {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `apical needs Node 24 and found ${process.versions.node}: run "npm ci" in its folder, which brings it.`,
    );
    process.exit(69);
  }
  const entry = fileURLToPath(import.meta.url);
  const child = spawn(own, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
