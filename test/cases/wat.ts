/** WebAssembly modules written by hand, for tools that no compiler would make: sections from their parts (Core Specification 2.0 §5.5). */
const leb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
};
const name = (text: string) => [...leb(text.length), ...Buffer.from(text)];
export const section = (id: number, bytes: readonly number[]): number[] => [
  id,
  ...leb(bytes.length),
  ...bytes,
];
const list = (parts: readonly (readonly number[])[]) => [...leb(parts.length), ...parts.flat()];

export interface Hand {
  /** `[module, name]` of imported functions; all have the type `(i32, i32) → i32`. */
  readonly imports?: readonly (readonly [string, string])[];
  /** Limits of the imported memory: flags, then numbers. */
  readonly memory?: readonly number[];
  /** Instructions of `run`, without the `end`; they leave one i32. */
  readonly run: readonly number[];
  /** Text at address 0. */
  readonly data?: string;
  /** Sections put in before the functions, whole. */
  readonly more?: readonly (readonly number[])[];
}

/** Type 0 is `() → i32`, type 1 `(i32, i32) → i32`; imported functions come first, `run` after them. */
export function handMade({ imports = [], memory = [0, 1], run, data, more = [] }: Hand): Uint8Array {
  const types = list([
    [0x60, 0, 1, 0x7f],
    [0x60, 2, 0x7f, 0x7f, 1, 0x7f],
  ]);
  const imported = list([
    [...name('env'), ...name('memory'), 2, ...memory],
    ...imports.map(([from, what]) => [...name(from), ...name(what), 0, 1]),
  ]);
  const body = [0, ...run, 0x0b];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imported),
    ...section(3, [1, 0]),
    ...more.flat(),
    ...section(7, list([[...name('run'), 0, ...leb(imports.length)]])),
    ...section(10, list([[...leb(body.length), ...body]])),
    ...(data === undefined ? [] : section(11, [1, 0, 0x41, 0, 0x0b, ...name(data)])),
  ]);
}

/** `i32.const`, for numbers up to 63. */
export const constant = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0))
      return [0x41, ...bytes, low];
    bytes.push(low | 0x80);
  }
};
