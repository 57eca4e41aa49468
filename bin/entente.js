#!/usr/bin/env node
// Starts the command on the Node that the project pins (npm package `node`), whatever Node the host has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

if (!existsSync(main)) {
  console.error(
    'this package holds the libraries (entente/stix, entente/match, entente/agreement); the command runs from a checkout',
  );
  process.exit(2);
}
if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) {
  process.removeAllListeners('warning'); // node:sqlite and type stripping announce themselves on every start
  const module = await import('node:module');
  module.enableCompileCache?.();
  await import('./libraries.js');
  const { runMain } = await import(main);
  process.exitCode = await runMain(process.argv.slice(2));
} else {
  const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    console.error(
      `entente needs Node ${NODE_MAJOR} or newer; this is ${process.version}. Run \`npm ci\` first.`,
    );
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // the child decides
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
