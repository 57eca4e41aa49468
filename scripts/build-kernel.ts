/**
 * Compiles the scanning kernel and writes it where it is committed: `kernel/kernel.wasm` with its SHA-256, and the same bytes as
 * a module for `src/match`, which reads no files. With `--check`, compiles again and compares: what is committed must be what the source says.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const WASM = join(ROOT, 'kernel/kernel.wasm');
const MODULE = join(ROOT, 'src/match/kernel-wasm.ts');

const folder = mkdtempSync(join(tmpdir(), 'entente-kernel-'));
try {
  const built = join(folder, 'kernel.wasm');
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/assemblyscript/bin/asc.js'),
      'kernel/scan.ts',
      ...['-o', built, '-O3', '--runtime', 'stub', '--noAssert'],
      ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
      // The memory is made by JavaScript, holds the index once for all workers, and grows to at most 4 GiB.
      ...[
        '--importMemory',
        '--noExportMemory',
        '--sharedMemory',
        '--initialMemory',
        '1',
        '--maximumMemory',
        '65536',
      ],
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const bytes = readFileSync(built);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const lines = bytes.toString('base64').match(/.{1,100}/g)!;
  const module = [
    '// Made by scripts/build-kernel.ts from kernel/*.ts; the same bytes as kernel/kernel.wasm.',
    `export const KERNEL_SHA256 = '${digest}';`,
    '',
    'export const KERNEL_BASE64 = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
  const outputs: [string, Uint8Array][] = [
    [WASM, bytes],
    [`${WASM}.sha256`, Buffer.from(`${digest}  kernel.wasm\n`)],
    [MODULE, Buffer.from(module)],
  ];
  if (process.argv.includes('--check')) {
    const differing = outputs.filter(([path, content]) => !readFileSync(path).equals(content));
    for (const [path] of differing) console.error(`${path} is not what the kernel's source compiles to`);
    if (differing.length > 0) process.exitCode = 1;
    else console.log(`kernel ${digest.slice(0, 16)} is what its source compiles to`);
  } else {
    for (const [path, content] of outputs) writeFileSync(path, content);
    console.log(`kernel ${digest.slice(0, 16)}, ${bytes.length} bytes`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
