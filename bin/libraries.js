// Some libraries are hundreds of small files, and finding and loading each costs more than running it. `npm ci` writes each of them into one
// file (scripts/bundle-libraries.ts); whoever imports this module first gets those. Where they are not, the libraries load as they are.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const folder = new URL('../node_modules/.cache/entente/', import.meta.url);

function bundled() {
  try {
    return JSON.parse(readFileSync(new URL('libraries.json', folder), 'utf8'));
  } catch {
    return {};
  }
}

const files = bundled();
if (Object.keys(files).length > 0) {
  registerHooks({
    resolve(specifier, context, next) {
      return Object.hasOwn(files, specifier)
        ? { url: new URL(files[specifier], folder).href, format: 'module', shortCircuit: true }
        : next(specifier, context);
    },
  });
}
