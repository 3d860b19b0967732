#!/usr/bin/env node
// The command line, on the project's own Node, kept small.
import { fileURLToPath } from 'node:url';
import { become, ownNode } from './own-node.mjs';

// What a started agent takes before the first object comes: 340 MB as Node comes, 165 MB so. A young heap of 2 MB instead of
// up to 32: objects that die young are few here, and pixels lie outside of it. One thread that marks a heap of 40 MB while
// objects come: four took 7 % more of the processor. Two arenas of malloc for all threads, which
// else take one each; and freed pieces from 128 KiB go back to the system, a bound that glibc else raises as it likes.
// Modules as they were compiled the last time, without the compiler that strips their types.
const flags = ['--max-semi-space-size=2', '--expose-gc', '--concurrent-marking-max-worker-num=1'];
const cache = fileURLToPath(new URL('../../node_modules/.cache/apical', import.meta.url));
const thrifty = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', NODE_COMPILE_CACHE: cache };
const env = { ...thrifty, ...process.env };

const node = ownNode();
const args = [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
if (node !== process.execPath) become(node, args, { env });
else if (!process.execArgv.includes(flags[0]) && process.platform !== 'win32') {
  process.execve(node, [node, ...process.execArgv, ...args], env); // the same process, begun anew
} else {
  // Types are stripped from what the page is served; Node calls that experimental, which is no news to a user.
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  await import('./apical.ts');
}
