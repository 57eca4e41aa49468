/**
 * Compiles the kernels, and writes each where it is committed: `kernel/NAME.wasm` with its SHA-256, and the same bytes as a module for
 * the room that runs it, which need not read files; and the tools of `tools/`, each to `tool.wasm` in its folder. With `--check`, compiles again and compares: what is committed must be
 * what the source says.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

interface Build {
  readonly name: string;
  /** Where compiling begins. */
  readonly source: string;
  /** Where the bytes go, without the ending. */
  readonly target: string;
  /** The same bytes as a TypeScript module, for a kernel. */
  readonly module?: string;
  readonly options: readonly string[];
}

const ROOT = resolve(import.meta.dirname, '..');
const STUB = ['--runtime', 'stub', '--noAssert', '--enable', 'simd', '--enable', 'bulk-memory'];
/** Tools check what they index: whatever the exhibit holds, a fault ends the tool. */
const TOOL = ['--runtime', 'incremental', '--importMemory', '--use', 'abort=tools/entente/abort'];

const BUILDS: readonly Build[] = [
  {
    name: 'kernel',
    source: 'kernel/scan.ts',
    target: 'kernel/kernel',
    module: 'src/match/kernel-wasm.ts',
    // The memory is made by JavaScript, holds the index once for all workers, and grows to at most 4 GiB.
    options: [
      ...STUB,
      ...[
        '--enable',
        'relaxed-simd',
        '--enable',
        'threads',
        '--importMemory',
        '--noExportMemory',
        '--sharedMemory',
      ],
      ...['--initialMemory', '1', '--maximumMemory', '65536'],
    ],
  },
  {
    name: 'blake3',
    source: 'kernel/blake3.ts',
    target: 'kernel/blake3',
    module: 'src/store/blake3-wasm.ts',
    options: STUB,
  },
  ...['ransomware-triage', 'toy-decryptor', 'credential-theft'].map((name) => ({
    name,
    source: `tools/${name}/tool.ts`,
    target: `tools/${name}/tool`,
    options: TOOL,
  })),
];

const folder = mkdtempSync(join(tmpdir(), 'entente-kernel-'));
try {
  for (const one of BUILDS) build(one);
} finally {
  rmSync(folder, { recursive: true });
}

function build({ name, source, target, module, options }: Build): void {
  const built = join(folder, `${name}.wasm`);
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/assemblyscript/bin/asc.js'), source, ...['-o', built, '-O3', ...options]],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const bytes = readFileSync(built);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const outputs: [string, Uint8Array][] = [
    [join(ROOT, `${target}.wasm`), bytes],
    [join(ROOT, `${target}.wasm.sha256`), Buffer.from(`${digest}  ${basename(target)}.wasm\n`)],
    ...(module ? [[join(ROOT, module), asModule(name, source, bytes, digest)] as [string, Uint8Array]] : []),
  ];
  if (process.argv.includes('--check')) {
    const differing = outputs.filter(([path, content]) => !readFileSync(path).equals(content));
    for (const [path] of differing) console.error(`${path} is not what its source compiles to`);
    if (differing.length > 0) process.exitCode = 1;
    else console.log(`${name} ${digest.slice(0, 16)} is what its source compiles to`);
  } else {
    for (const [path, content] of outputs) writeFileSync(path, content);
    console.log(`${name} ${digest.slice(0, 16)}, ${bytes.length} bytes`);
  }
}

function asModule(name: string, source: string, bytes: Buffer, digest: string): Uint8Array {
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
  return Buffer.from(text);
}
