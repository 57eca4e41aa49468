/**
 * Compiles the kernels, and writes each where it is committed: `kernel/NAME.wasm` with its SHA-256, and the same bytes as a module for
 * the room that runs it, which need not read files. With `--check`, compiles again and compares: what is committed must be
 * what the source says.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Kernel {
  readonly name: string;
  /** Where compiling begins. */
  readonly source: string;
  readonly module: string;
  readonly options: readonly string[];
}

const ROOT = resolve(import.meta.dirname, '..');
const KERNELS: readonly Kernel[] = [
  {
    name: 'kernel',
    source: 'kernel/scan.ts',
    module: 'src/match/kernel-wasm.ts',
    // The memory is made by JavaScript, holds the index once for all workers, and grows to at most 4 GiB.
    options: [
      ...['--enable', 'threads', '--importMemory', '--noExportMemory', '--sharedMemory'],
      ...['--initialMemory', '1', '--maximumMemory', '65536'],
    ],
  },
  { name: 'blake3', source: 'kernel/blake3.ts', module: 'src/store/blake3-wasm.ts', options: [] },
];

const folder = mkdtempSync(join(tmpdir(), 'entente-kernel-'));
try {
  for (const kernel of KERNELS) build(kernel);
} finally {
  rmSync(folder, { recursive: true });
}

function build({ name, source, module, options }: Kernel): void {
  const built = join(folder, `${name}.wasm`);
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/assemblyscript/bin/asc.js'),
      source,
      ...['-o', built, '-O3', '--runtime', 'stub', '--noAssert'],
      ...['--enable', 'simd', '--enable', 'bulk-memory', ...options],
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const bytes = readFileSync(built);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const lines = bytes.toString('base64').match(/.{1,100}/g)!;
  const constant = name.toUpperCase();
  const text = [
    `// Made by scripts/build-kernel.ts from ${name === 'kernel' ? 'kernel/*.ts' : source}; the same bytes as kernel/${name}.wasm.`,
    `export const ${constant}_SHA256 = '${digest}';`,
    '',
    `export const ${constant}_BASE64 = [`,
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
  const outputs: [string, Uint8Array][] = [
    [join(ROOT, `kernel/${name}.wasm`), bytes],
    [join(ROOT, `kernel/${name}.wasm.sha256`), Buffer.from(`${digest}  ${name}.wasm\n`)],
    [join(ROOT, module), Buffer.from(text)],
  ];
  if (process.argv.includes('--check')) {
    const differing = outputs.filter(([path, content]) => !readFileSync(path).equals(content));
    for (const [path] of differing) console.error(`${path} is not what the kernel's source compiles to`);
    if (differing.length > 0) process.exitCode = 1;
    else console.log(`${name} ${digest.slice(0, 16)} is what its source compiles to`);
  } else {
    for (const [path, content] of outputs) writeFileSync(path, content);
    console.log(`${name} ${digest.slice(0, 16)}, ${bytes.length} bytes`);
  }
}
