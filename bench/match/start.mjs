// Starts a measured scan as bin/entente.js starts the command: with what was compiled the last time.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./scan.ts');
