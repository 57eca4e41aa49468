/**
 * Which WebAssembly modules are let into the sandbox. A tool comes from another organisation and may be hostile: before anything of it is
 * compiled, its sections are read (WebAssembly Core Specification 2.0 §5.5) and everything by which it could reach or take more than it is
 * given is refused by name. What is left is a computation over one memory that the sandbox makes and bounds, and eight functions.
 *
 * Left out on purpose: memories and tables of its own beyond the bound, shared memory and threads, 64-bit memories, exceptions (a tool could
 * catch its own refusal), and garbage-collected types (they would live outside the bounded memory).
 */
import { EntenteError } from '../../base/index.ts';

/** A large tool with its tables; compiling it takes some seconds. */
export const MODULE_BYTES_MAX = 16 * 1024 * 1024;

/** The functions that a tool may import, all from the module `entente`. `host.ts` says what they do. */
export const ABI = ['files', 'name', 'size', 'read', 'parameter', 'create', 'write', 'note'] as const;

/** Function references, eight bytes each. */
const TABLE_ELEMENTS_MAX = 65_536;
/** i32, i64, f32, f64, v128, funcref, externref. */
const VALUE_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f]);
const SECTION = { type: 1, import: 2, table: 4, memory: 5, export: 7, last: 12 } as const;
const FUNCTION_TYPE = 0x60;
const KIND = { function: 0, memory: 2 } as const;

export function refused(code: string, words: string): EntenteError {
  return new EntenteError('tool-stopped', `the tool is refused: ${words}`, {
    issues: [{ code, path: '', message: words }],
  });
}

/** Pages of 64 KiB with which its memory begins, and to which it may grow at most. */
export interface ModuleMemory {
  readonly initial: number;
  readonly maximum: number;
}

/** @throws EntenteError `tool-stopped` with what it asks for */
export function assertModule(bytes: Uint8Array, pagesMax: number): ModuleMemory {
  if (bytes.length > MODULE_BYTES_MAX)
    throw refused('module-size', `its module has more than ${MODULE_BYTES_MAX} bytes`);
  const whole = new Sections(bytes);
  if (whole.word() !== 0x6d736100 || whole.word() !== 1)
    throw refused('module-format', 'its module is no WebAssembly module of version 1');
  let memory: ModuleMemory | null = null;
  let runs = false;
  while (!whole.isAtEnd) {
    const id = whole.byte();
    const section = whole.part(whole.number());
    if (id > SECTION.last)
      throw refused('feature', `it uses a feature that tools do not get (section ${id})`);
    if (id === SECTION.type) readTypes(section);
    else if (id === SECTION.import) memory = readImports(section, pagesMax);
    else if (id === SECTION.table) readTables(section);
    else if (id === SECTION.memory && section.number() > 0)
      throw refused('own-memory', 'it makes a memory of its own; it has to import `env.memory`');
    else if (id === SECTION.export) runs = readExports(section);
  }
  if (!memory) throw refused('no-memory', 'it does not import `env.memory`');
  if (!runs) throw refused('no-run', 'it exports no function `run`');
  return memory;
}

function readTypes(section: Sections): void {
  for (let count = section.number(); count > 0; count--) {
    if (section.byte() !== FUNCTION_TYPE)
      throw refused('feature', 'it uses garbage-collected types, which tools do not get');
    for (const _ of ['parameters', 'results'])
      for (let values = section.number(); values > 0; values--)
        if (!VALUE_TYPES.has(section.byte()))
          throw refused('feature', 'it uses types of values that tools do not get');
  }
}

function readImports(section: Sections, pagesMax: number): ModuleMemory | null {
  let memory: ModuleMemory | null = null;
  for (let count = section.number(); count > 0; count--) {
    const from = section.text();
    const name = section.text();
    const what = `${from}.${name}`.slice(0, 100);
    const kind = section.byte();
    if (kind === KIND.function) {
      section.number();
      if (from !== 'entente' || !(ABI as readonly string[]).includes(name))
        throw refused('import', `it asks for \`${what}\`, and tools get: ${ABI.join(', ')}`);
    } else if (kind === KIND.memory && what === 'env.memory' && memory === null)
      memory = readMemory(section, pagesMax);
    else throw refused('import', `it asks for \`${what}\`, which is no function of the sandbox`);
  }
  return memory;
}

function readMemory(section: Sections, pagesMax: number): ModuleMemory {
  const flags = section.byte();
  if (flags > 1)
    throw refused('shared-memory', 'it asks for a memory that is shared between threads, or of 64 bits');
  const initial = section.number();
  const own = flags === 1 ? section.number() : pagesMax;
  if (initial > pagesMax)
    throw refused('memory-limit', `it needs ${initial} pages of memory, and its limit is ${pagesMax}`);
  return { initial, maximum: Math.max(initial, Math.min(own, pagesMax)) };
}

function readTables(section: Sections): void {
  const count = section.number();
  if (count > 1) throw refused('table', 'it has more than one table');
  if (count === 0) return;
  const type = section.byte();
  const flags = section.byte();
  const initial = section.number();
  const maximum = flags === 1 ? section.number() : Number.POSITIVE_INFINITY;
  if (!VALUE_TYPES.has(type) || Math.max(initial, maximum) > TABLE_ELEMENTS_MAX)
    throw refused(
      'table',
      `its table is not bounded by ${TABLE_ELEMENTS_MAX} elements (state a maximum when linking)`,
    );
}

function readExports(section: Sections): boolean {
  let runs = false;
  for (let count = section.number(); count > 0; count--) {
    const name = section.text();
    const kind = section.byte();
    section.number();
    if (name === 'run' && kind === KIND.function) runs = true;
  }
  return runs;
}

/** A part of the module; reading past its end is a refusal. */
class Sections {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw refused('module-format', 'its module ends too early');
    return this.#bytes[this.#at++]!;
  }

  word(): number {
    return this.byte() + this.byte() * 0x100 + this.byte() * 0x10000 + this.byte() * 0x1000000;
  }

  /** LEB128, unsigned, of 32 bits (§5.2.2). */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw refused('module-format', 'a number in its module is too long');
  }

  part(length: number): Sections {
    if (length > this.#bytes.length - this.#at)
      throw refused('module-format', 'a section of its module is longer than the module');
    this.#at += length;
    return new Sections(this.#bytes.subarray(this.#at - length, this.#at));
  }

  text(): string {
    const part = this.part(this.number());
    return new TextDecoder().decode(part.#bytes);
  }
}
