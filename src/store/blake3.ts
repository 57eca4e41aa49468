/**
 * BLAKE3 of a stream, by the kernel in `kernel/blake3.ts`: some ten times the rate of plain JavaScript, so that an exhibit is hashed
 * twice in less time than it takes to read it. Bytes are copied into the kernel's memory as they come, so whoever gives them may
 * use their buffer again.
 */
import { encodeHex } from '../base/index.ts';
import { BLAKE3_BASE64 } from './blake3-wasm.ts';

/** The kernel's exports; see there. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  bufferAt(): number;
  bufferBytes(): number;
  resultAt(): number;
  start(): void;
  groups(count: number): void;
  finish(length: number): void;
}

/** What the kernel hashes at once: 16 chunks. */
const GROUP_BYTES = 16 * 1024;
const DIGEST_BYTES = 32;

let compiled: WebAssembly.Module | undefined;
/** Kernels that no digest needs at the moment: a folder of a million files gets by with a few. */
const idle: Kernel[] = [];

function takeKernel(): Kernel {
  const kernel = idle.pop();
  if (kernel) return kernel;
  compiled ??= new WebAssembly.Module(Buffer.from(BLAKE3_BASE64, 'base64'));
  return new WebAssembly.Instance(compiled).exports as unknown as Kernel;
}

export interface Blake3 {
  update(bytes: Uint8Array): void;
  /** 64 lowercase hexadecimal digits; ends the digest. */
  hex(): string;
}

export function createBlake3(): Blake3 {
  const kernel = takeKernel();
  const start = kernel.bufferAt();
  const size = kernel.bufferBytes();
  const memory = new Uint8Array(kernel.memory.buffer);
  let filled = 0;
  kernel.start();
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // Only now is it known that more follows what fills the buffer.
        if (filled === size) {
          kernel.groups(size / GROUP_BYTES);
          filled = 0;
        }
        const length = Math.min(size - filled, bytes.length - at);
        memory.set(bytes.subarray(at, at + length), start + filled);
        filled += length;
        at += length;
      }
    },
    hex() {
      // The last group is left for the end, which may fall inside it.
      const whole = Math.max(0, Math.ceil(filled / GROUP_BYTES) - 1);
      if (whole > 0) {
        kernel.groups(whole);
        memory.copyWithin(start, start + whole * GROUP_BYTES, start + filled);
      }
      kernel.finish(filled - whole * GROUP_BYTES);
      const at = kernel.resultAt();
      const digest = encodeHex(memory.subarray(at, at + DIGEST_BYTES));
      memory.fill(0, start, start + size); // evidence does not linger where the next digest is made
      idle.push(kernel);
      return digest;
    },
  };
}
