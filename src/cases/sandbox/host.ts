/**
 * What a tool in the sandbox sees: the files of one exhibit, read-only and by windows; named parameters; a folder for what it makes; and a
 * place for notes on what it could not read. Nothing else exists for it: no other file, no network, no clock, no randomness.
 *
 * Every function is called with addresses in the tool's own memory. An address outside it, a name that is no name, or more output than the
 * limit ends the tool; that is remembered here, so that a tool cannot go on by catching it.
 *
 * | function | gives |
 * |---|---|
 * | `files() → i32` | how many files the exhibit has |
 * | `name(file i32, at i32, room i32) → i32` | the bytes of its name; as many as there is room for are written at `at` |
 * | `size(file i32) → i64` | its size in bytes |
 * | `read(file i32, offset i64, at i32, length i32) → i32` | how many bytes were written at `at`; fewer only where the file ends |
 * | `parameter(name i32, nameLength i32, at i32, room i32) → i32` | the bytes of its value, -1 when it was not given |
 * | `create(name i32, nameLength i32) → i32` | the number of a new output |
 * | `write(output i32, at i32, length i32)` | appends to it |
 * | `note(at i32, length i32)` | says what could not be read |
 */
import { EntenteError } from '../../base/index.ts';

export interface SandboxFile {
  readonly name: string;
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

export interface SandboxLimits {
  /** Of 64 KiB. */
  readonly memoryPages: number;
  readonly timeMs: number;
  /** Of all outputs together. */
  readonly outputBytes: number;
}

export interface SandboxOutput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Derived exhibits of one run over one exhibit; each has its entries in the ledger. */
const OUTPUTS_MAX = 1_000;
/** Kept; the count tells of all. */
const NOTES_MAX = 100;
const NOTE_BYTES_MAX = 1_000;
const NAME_BYTES_MAX = 200;
const READ_BYTES_MAX = 16 * 1024 * 1024;

/** Ends the tool, with the limit that it met. */
export function stopped(code: string, words: string): EntenteError {
  return new EntenteError('tool-stopped', `the tool was stopped: ${words}`, {
    issues: [{ code, path: '', message: words }],
  });
}

/** Outputs are named below their folder, and nothing else: no root, no way up, nothing that another system reads as one. */
export function isOutputName(name: string): boolean {
  return (
    name.length > 0 &&
    name.isWellFormed() &&
    !/[\p{Cc}\p{Cf}\\:*?"<>|]/u.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/^ | $/.test(part))
  );
}

export class SandboxHost {
  readonly #memory: WebAssembly.Memory;
  readonly #files: readonly SandboxFile[];
  readonly #parameters: ReadonlyMap<string, string>;
  readonly #limits: SandboxLimits;
  readonly #outputs: GrowingOutput[] = [];
  readonly #notes: string[] = [];
  #noteCount = 0;
  #outputBytes = 0;
  #stop: EntenteError | null = null;
  bytesRead = 0;

  constructor(
    memory: WebAssembly.Memory,
    files: readonly SandboxFile[],
    parameters: Readonly<Record<string, string>>,
    limits: SandboxLimits,
  ) {
    this.#memory = memory;
    this.#files = files;
    this.#parameters = new Map(Object.entries(parameters));
    this.#limits = limits;
  }

  /** Why the tool was ended, whatever it made of it. */
  get stop(): EntenteError | null {
    return this.#stop;
  }

  get notes(): { readonly kept: readonly string[]; readonly count: number } {
    return { kept: this.#notes, count: this.#noteCount };
  }

  /** In the order of their names. */
  outputs(): SandboxOutput[] {
    return this.#outputs
      .map((output) => ({ name: output.name, bytes: output.bytes() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  functions(): Record<string, (...given: never[]) => unknown> {
    const guard =
      <Given extends unknown[], Result>(act: (...given: Given) => Result) =>
      (...given: Given): Result => {
        if (this.#stop) throw this.#stop;
        try {
          return act(...given);
        } catch (error) {
          // What comes of the store says that the exhibit is damaged, and nothing of the tool.
          this.#stop =
            error instanceof EntenteError && error.code === 'tool-stopped'
              ? error
              : stopped(
                  'evidence',
                  `what it asked for cannot be read: ${(error as Error).message.slice(0, 200)}`,
                );
          throw this.#stop;
        }
      };
    return {
      files: guard(() => this.#files.length),
      name: guard((file: number, at: number, room: number) =>
        this.#give(Buffer.from(this.#file(file).name), at, room),
      ),
      size: guard((file: number) => BigInt(this.#file(file).sizeBytes)),
      read: guard((file: number, offset: bigint, at: number, length: number) => {
        const { sizeBytes, read } = this.#file(file);
        const room = this.#window(at, Math.min(length >>> 0, READ_BYTES_MAX));
        if (offset < 0n || offset >= BigInt(sizeBytes)) return 0;
        const bytes = read(Number(offset), room.length);
        room.set(bytes);
        this.bytesRead += bytes.length;
        return bytes.length;
      }),
      parameter: guard((name: number, nameLength: number, at: number, room: number) => {
        const value = this.#parameters.get(this.#text(name, nameLength, NAME_BYTES_MAX));
        return value === undefined ? -1 : this.#give(Buffer.from(value), at, room);
      }),
      create: guard((name: number, nameLength: number) => this.#create(name, nameLength)),
      write: guard((output: number, at: number, length: number) => this.#write(output, at, length)),
      note: guard((at: number, length: number) => {
        this.#noteCount++;
        const text = this.#text(at, Math.min(length >>> 0, NOTE_BYTES_MAX), NOTE_BYTES_MAX);
        if (this.#notes.length < NOTES_MAX) this.#notes.push(text);
      }),
    };
  }

  #create(name: number, nameLength: number): number {
    const text = this.#text(name, nameLength, NAME_BYTES_MAX);
    if (!isOutputName(text))
      throw stopped(
        'path-escape',
        `it names what it makes ${JSON.stringify(text)}, which is no name in its folder`,
      );
    if (this.#outputs.some((output) => output.name === text))
      throw stopped('output-name', `it makes ${JSON.stringify(text)} twice`);
    if (this.#outputs.length >= OUTPUTS_MAX)
      throw stopped('output-limit', `it makes more than ${OUTPUTS_MAX} files`);
    return this.#outputs.push(new GrowingOutput(text)) - 1;
  }

  #write(output: number, at: number, length: number): void {
    const made = this.#outputs[output];
    if (!made) throw stopped('output-name', `it writes to output ${output}, which it did not make`);
    const bytes = this.#window(at, length >>> 0);
    this.#outputBytes += bytes.length;
    if (this.#outputBytes > this.#limits.outputBytes)
      throw stopped('output-limit', `it makes more than ${this.#limits.outputBytes} bytes`);
    made.append(bytes);
  }

  #file(file: number): SandboxFile {
    const found = this.#files[file];
    if (!found) throw stopped('file', `it asks for file ${file} of ${this.#files.length}`);
    return found;
  }

  /** Returns how long it is; writes what there is room for. */
  #give(bytes: Uint8Array, at: number, room: number): number {
    const window = this.#window(at, room >>> 0);
    window.set(bytes.subarray(0, window.length));
    return bytes.length;
  }

  #text(at: number, length: number, bytesMax: number): string {
    if (length >>> 0 > bytesMax)
      throw stopped('text-limit', `it gives a text of ${length >>> 0} bytes, and ${bytesMax} are the most`);
    return new TextDecoder().decode(this.#window(at, length >>> 0));
  }

  #window(at: number, length: number): Uint8Array {
    const start = at >>> 0;
    if (start + length > this.#memory.buffer.byteLength)
      throw stopped('address', `it gives an address outside its memory (${start} + ${length})`);
    return new Uint8Array(this.#memory.buffer, start, length);
  }
}

const BLOCK_BYTES = { first: 4 * 1024, most: 1024 * 1024 } as const;

/** What a tool writes byte by byte takes no more memory than what it writes at once. */
class GrowingOutput {
  readonly name: string;
  readonly #whole: Uint8Array[] = [];
  #block = new Uint8Array(BLOCK_BYTES.first);
  #used = 0;

  constructor(name: string) {
    this.name = name;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length > this.#block.length - this.#used) {
      this.#whole.push(this.#block.subarray(0, this.#used));
      const next = Math.min(this.#block.length * 2, BLOCK_BYTES.most);
      this.#block = new Uint8Array(Math.max(next, bytes.length));
      this.#used = 0;
    }
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat([...this.#whole, this.#block.subarray(0, this.#used)]));
  }
}
