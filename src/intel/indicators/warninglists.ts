/**
 * Warninglists (MISP's form): values that are known to be found for innocent reasons. They mark findings and hide none: whether a
 * public resolver in a log means something is for a person to say.
 */
import { readFile, stat } from 'node:fs/promises';
import { RE2JS } from 're2js';
import { EntenteError } from '../../base/index.ts';
import { type Index, IndexBuilder, openIndex, recogniseKind, scan } from '../../match/index.ts';

export interface Warninglists {
  /** Names of the lists that hold the value, in the order in which the lists were given. */
  of(value: string): readonly string[];
  readonly lists: number;
  readonly values: number;
}

/** The largest public list has two million entries and 50 MB. */
const LIST_BYTES_MAX = 128 * 1024 * 1024;
/** Values that were asked for before are answered from memory, up to this many. */
const REMEMBERED_MAX = 100_000;

/** @throws EntenteError `file-unreadable`, `input-limit`, `intelligence-format` */
export async function openWarninglists(paths: readonly string[]): Promise<Warninglists> {
  const names: string[] = [];
  const exact = new Map<string, number[]>();
  const substrings: { text: string; list: number }[] = [];
  const expressions: { expression: RE2JS; list: number }[] = [];
  const builder = new IndexBuilder();
  const listOfEntry: number[] = [];
  let values = 0;
  for (const path of paths) {
    const { name, type, list } = await readList(path);
    const number = names.push(name) - 1;
    for (const value of list) {
      values++;
      if (type === 'string') {
        const key = value.toLowerCase();
        const lists = exact.get(key);
        if (lists === undefined) exact.set(key, [number]);
        else lists.push(number);
      } else if (type === 'substring') substrings.push({ text: value.toLowerCase(), list: number });
      else if (type === 'regex') {
        const expression = compile(value);
        if (expression !== null) expressions.push({ expression, list: number });
      } else if (type === 'hostname') {
        listOfEntry[builder.add('domain', value.replace(/^\./, ''))] = number;
      } else if (type === 'cidr') {
        const kind = recogniseKind(value);
        if (kind === 'ipv4' || kind === 'ipv6' || kind === 'cidr')
          listOfEntry[builder.add(kind, value)] = number;
      }
    }
  }
  const index: Index = openIndex(builder.finish().bytes);
  const remembered = new Map<string, readonly string[]>();
  return {
    lists: names.length,
    values,
    of(value) {
      const known = remembered.get(value);
      if (known) return known;
      const key = value.toLowerCase();
      const found = new Set(exact.get(key) ?? []);
      for (const { text, list } of substrings) if (key.includes(text)) found.add(list);
      for (const { expression, list } of expressions) if (expression.matcher(value).find()) found.add(list);
      for (const hit of scan(new TextEncoder().encode(value), index)) found.add(listOfEntry[hit.entry]!);
      const result = [...found].sort((a, b) => a - b).map((list) => names[list]!);
      if (remembered.size < REMEMBERED_MAX) remembered.set(value, result);
      return result;
    },
  };
}

/** `/…/flags`; by RE2, which no expression can make slow. Null for what it does not know. */
function compile(text: string): RE2JS | null {
  const form = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return RE2JS.compile(form?.[1] ?? text, form?.[2]?.includes('i') ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    return null;
  }
}

async function readList(path: string): Promise<{ name: string; type: string; list: string[] }> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > LIST_BYTES_MAX) {
      throw new EntenteError('input-limit', `${path} has more than ${LIST_BYTES_MAX} bytes`, { where: path });
    }
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof EntenteError) throw cause;
    throw new EntenteError('file-unreadable', `${path}: cannot be read`, { where: path, cause });
  }
  let value: Record<string, unknown> | null = null;
  try {
    value = JSON.parse(text) as Record<string, unknown> | null;
  } catch {}
  const type = value?.['type'];
  const list = value?.['list'];
  if (typeof type !== 'string' || !Array.isArray(list)) {
    throw new EntenteError('intelligence-format', `${path} is no warninglist as MISP has them`, {
      where: path,
    });
  }
  const name = typeof value?.['name'] === 'string' ? value['name'] : path;
  return { name, type, list: list.filter((item): item is string => typeof item === 'string') };
}
