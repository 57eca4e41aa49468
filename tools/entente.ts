/**
 * What a tool written in AssemblyScript asks of the sandbox (docs/guides/write-a-tool.md), and what the tools of this folder share: reading by
 * windows, text, and lines of JSON. Compile with `--use abort=tools/entente/abort`: a fault ends the tool, which the sandbox tells.
 */
@external('entente', 'files')
export declare function files(): i32;
@external('entente', 'name')
declare function nameInto(file: i32, at: usize, room: i32): i32;
@external('entente', 'size')
export declare function size(file: i32): i64;
@external('entente', 'read')
export declare function readInto(file: i32, offset: i64, at: usize, length: i32): i32;
@external('entente', 'parameter')
declare function parameterInto(name: usize, nameLength: i32, at: usize, room: i32): i32;
@external('entente', 'create')
declare function createOutput(name: usize, nameLength: i32): i32;
@external('entente', 'write')
export declare function writeBytes(output: i32, at: usize, length: i32): void;
@external('entente', 'note')
declare function noteText(at: usize, length: i32): void;

export function abort(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}

/** The sandbox gives and takes names up to this. */
const NAME_ROOM: i32 = 4096;

export function name(file: i32): string {
  const room = new Uint8Array(NAME_ROOM);
  const length = nameInto(file, room.dataStart, NAME_ROOM);
  return String.UTF8.decodeUnsafe(room.dataStart, min(length, NAME_ROOM));
}

/** Null when it was not given. */
export function parameter(named: string): string | null {
  const asked = Uint8Array.wrap(String.UTF8.encode(named));
  const room = new Uint8Array(NAME_ROOM);
  const length = parameterInto(asked.dataStart, asked.length, room.dataStart, NAME_ROOM);
  return length < 0 ? null : String.UTF8.decodeUnsafe(room.dataStart, min(length, NAME_ROOM));
}

export function create(named: string): i32 {
  const bytes = Uint8Array.wrap(String.UTF8.encode(named));
  return createOutput(bytes.dataStart, bytes.length);
}

export function writeText(output: i32, text: string): void {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  writeBytes(output, bytes.dataStart, bytes.length);
}

export function note(text: string): void {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  noteText(bytes.dataStart, bytes.length);
}

/** A JSON string, its quotes included. */
export function quoted(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) out += '\\' + String.fromCharCode(code);
    else if (code < 0x20 || code == 0x7f) out += '\\u' + code.toString(16).padStart(4, '0');
    else out += String.fromCharCode(code);
  }
  return out + '"';
}

/** What follows the last slash. */
export function baseName(path: string): string {
  return path.substring(path.lastIndexOf('/') + 1);
}

/** A line longer than this is looked at in pieces: no text that people wrote has such lines. */
const LINE_ROOM: i32 = 8192;
const WINDOW: i32 = 65536;

/** The lines of a file, by windows: a file of any size costs the memory of one. */
export class Lines {
  private window: Uint8Array = new Uint8Array(WINDOW);
  private filled: i32 = 0;
  private at: i32 = 0;
  private next_: i64 = 0;
  private line: Uint8Array = new Uint8Array(LINE_ROOM);
  length: i32 = 0;
  /** Where the line begins in its file. */
  offset: i64 = 0;

  constructor(private file: i32) {}

  /** False at the end of the file. */
  next(): bool {
    this.length = 0;
    this.offset = this.next_ - (this.filled - this.at);
    while (true) {
      if (this.at == this.filled) {
        this.filled = readInto(this.file, this.next_, this.window.dataStart, WINDOW);
        this.at = 0;
        this.next_ += this.filled;
        if (this.filled == 0) return this.length > 0;
      }
      const byte = unchecked(this.window[this.at++]);
      if (byte == 0x0a) return true;
      unchecked((this.line[this.length++] = byte));
      if (this.length == LINE_ROOM) return true;
    }
  }

  /** Bytes that are no UTF-8 become replacement characters. */
  text(): string {
    let end = this.length;
    if (end > 0 && unchecked(this.line[end - 1]) == 0x0d) end--;
    return String.UTF8.decodeUnsafe(this.line.dataStart, end);
  }
}
