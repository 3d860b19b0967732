#!/usr/bin/env node
// The command line, on the project's own Node.
import { fileURLToPath } from 'node:url';
import { become, ownNode } from './own-node.mjs';

const node = ownNode();
if (node === process.execPath) {
  // Types are stripped from what the page is served; Node calls that experimental, which is no news to a user.
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  await import('./apical.ts');
} else {
  become(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
