/**
 * Builds the workspace into `web/dist`: modules split by page, styles, fonts, each compressed beforehand. Nothing of it is committed; a
 * node that is asked for the workspace before it is built runs this once. Written beside and renamed, so that two may build at once.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = resolve(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');
const OUT = join(WEB, 'dist');

/** What the first page loads. Its own modules name the parts of Mantine that they use, so that the parts of other pages come with those. */
const FIRST_PAGE = /web\/src\/(?:main\.tsx|shell\/.*|ui\/.*|rooms\/today\.tsx)$/;

/** As much of esbuild's interface as is used here. */
interface EsbuildPlugins {
  onLoad(
    filter: { filter: RegExp },
    load: (file: { path: string }) => { contents: string; loader: 'tsx' },
  ): void;
}

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{
    metafile: {
      outputs: Record<
        string,
        { entryPoint?: string; cssBundle?: string; imports: { path: string; kind: string }[] }
      >;
    };
  }>;
}

/**
 * A bundler that splits by page counts everything behind a package's list of names as used by each page that imports one of them. In modules
 * of the first page, such an import becomes one of each name's own file.
 */
export const mantineByParts = {
  name: 'mantine-by-parts',
  setup(build: EsbuildPlugins) {
    const index = createRequire(import.meta.url)
      .resolve('@mantine/core')
      .replace(/cjs\/index\.cjs$/, 'esm/index.mjs');
    const files = new Map<string, string>();
    for (const [, names, file] of readFileSync(index, 'utf8').matchAll(/^import \{ (.+) \} from "(.+)";$/gm))
      for (const name of names!.split(', ')) files.set(name, join(dirname(index), file!));
    const one = (name: string) => {
      const file = files.get(name);
      if (file === undefined) throw new Error(`Mantine has no part ${name}`);
      return `import { ${name} } from ${JSON.stringify(file)};`;
    };
    build.onLoad({ filter: FIRST_PAGE }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^import \{([^}]+)\} from '@mantine\/core';$/m,
        (_, names: string) =>
          names
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== '' && !name.startsWith('type '))
            .map(one)
            .join(''),
      ),
      loader: 'tsx',
    }));
  },
};

export async function buildWeb(): Promise<void> {
  const esbuild = createRequire(import.meta.url)('esbuild') as Esbuild;
  const fresh = `${OUT}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const { metafile } = await esbuild.build({
    entryPoints: [join(WEB, 'src/main.tsx')],
    absWorkingDir: WEB,
    outdir: join(fresh, 'assets'),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    metafile: true,
    sourcemap: false,
    target: 'es2022',
    jsx: 'automatic',
    charset: 'utf8',
    legalComments: 'none',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [mantineByParts],
    logLevel: 'warning',
  });
  const [script, entry] = Object.entries(metafile.outputs).find(([, output]) =>
    output.entryPoint?.endsWith('src/main.tsx'),
  )!;
  const address = (path: string) => `/${relative(fresh, resolve(WEB, path))}`;
  const preload = entry.imports.filter(({ kind }) => kind === 'import-statement');
  const page = readFileSync(join(WEB, 'index.html'), 'utf8').replace(
    '<!-- built -->',
    [
      `<link rel="stylesheet" href="${address(entry.cssBundle!)}">`,
      ...preload.map(({ path }) => `<link rel="modulepreload" href="${address(path)}">`),
      `<script type="module" src="${address(script)}"></script>`,
    ].join('\n'),
  );
  writeFileSync(join(fresh, 'index.html'), page);
  compress(join(fresh, 'assets'));
  writeFileSync(join(fresh, 'built-from'), sourceDigest());
  rmSync(OUT, { recursive: true, force: true });
  renameSync(fresh, OUT);
}

function compress(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/\.(js|css)$/.test(name)) continue;
    const bytes = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
  }
}

/** Of everything that the build reads: a node builds again when it is another than that of what is there. */
function sourceDigest(): string {
  const hash = createHash('sha256');
  const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith('src/') || path === 'index.html')
    .filter((path) => /\.(tsx?|css|json|html)$/.test(path))
    .sort();
  for (const path of files) hash.update(`${path}\n`).update(readFileSync(join(WEB, path)));
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  return hash.digest('hex');
}

if (process.argv[1] === import.meta.filename) {
  const isFresh = (() => {
    try {
      return readFileSync(join(OUT, 'built-from'), 'utf8') === sourceDigest();
    } catch {
      return false;
    }
  })();
  if (process.argv.includes('--check')) process.exitCode = isFresh ? 0 : 1;
  else if (!isFresh || process.argv.includes('--force')) await buildWeb();
}
