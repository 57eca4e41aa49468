/**
 * Makes the page that verifies bundles in a browser: the check and all it needs as one script inside one HTML file, which is committed as
 * `src/cases/bundle/page/verify.htm`. With `--check`, makes it again and compares: what is committed must be what the source says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'src/cases/bundle/page');
const OUT = join(FOLDER, 'verify.htm');

/** As much of esbuild's interface as is used here. */
interface Esbuild {
  buildSync(options: Readonly<Record<string, unknown>>): { outputFiles: readonly { text: string }[] };
}

/** What the source says now. @throws Error when esbuild is not installed */
export function buildVerifier(): string {
  const esbuild = createRequire(import.meta.url)('esbuild') as Esbuild;
  const built = esbuild.buildSync({
    entryPoints: ['main.ts'],
    absWorkingDir: FOLDER, // paths in the output would otherwise depend on where it is built
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'none',
    alias: { 'node:module': './no-node.ts' },
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' }, // only the policy engine asks for it, and is never called
  });
  const script = built.outputFiles[0]!.text;
  const page = readFileSync(join(FOLDER, 'page.htm'), 'utf8');
  // Inside a script element, only its end tag and the beginning of a comment mean anything to the parser.
  const safe = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  return page.replace('/* the check */', () => safe);
}

if (process.argv[1] === import.meta.filename) {
  const page = buildVerifier();
  if (!process.argv.includes('--check')) {
    writeFileSync(OUT, page);
    console.log(`${OUT}: ${page.length} characters`);
  } else if (readFileSync(OUT, 'utf8') === page) console.log('the page is what its source says');
  else {
    console.error(
      'src/cases/bundle/page/verify.htm is not what its source says; run scripts/build-verifier.ts',
    );
    process.exitCode = 1;
  }
}
