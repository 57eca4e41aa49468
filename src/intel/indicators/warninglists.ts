/**
 * Warninglists (MISP's form): values that are known to be found for innocent reasons. They mark findings and hide none: whether a
 * public resolver in a log means something is for a person to say.
 */
import { readFile, stat } from 'node:fs/promises';
import { RE2JS } from 're2js';
import { EntenteError } from '../../base/index.ts';
import { type Index, IndexBuilder, type Kind, openIndex, recogniseKind, scan } from '../../match/index.ts';
import { kindsOfType } from './misp.ts';

export interface Warninglists {
  /** Names of the lists that hold a value of this kind, in the order in which the lists were given. */
  of(kind: Kind, value: string): readonly string[];
  readonly lists: number;
  readonly values: number;
}

/** One list, as MISP writes it. */
export interface Warninglist {
  readonly name: string;
  readonly version: string;
  readonly type: 'string' | 'substring' | 'hostname' | 'cidr' | 'regex';
  readonly list: readonly string[];
  /** Kinds that it speaks about; null for all. */
  readonly kinds: ReadonlySet<Kind> | null;
}

const TYPES: readonly string[] = ['string', 'substring', 'hostname', 'cidr', 'regex'];

/** The largest public list has two million entries and 50 MB. */
const LIST_BYTES_MAX = 128 * 1024 * 1024;
/** Values that were asked for before are answered from memory, up to this many. */
const REMEMBERED_MAX = 100_000;

/** @throws EntenteError `file-unreadable`, `input-limit`, `intelligence-format` */
export async function openWarninglists(paths: readonly string[]): Promise<Warninglists> {
  const lists = [];
  for (const path of paths) lists.push(parseWarninglist(await readWarninglist(path), path));
  return buildWarninglists(lists);
}

export function buildWarninglists(lists: readonly Warninglist[]): Warninglists {
  const exact = new Map<string, number[]>();
  const substrings: { text: string; list: number }[] = [];
  const expressions: { expression: RE2JS; list: number }[] = [];
  const builder = new IndexBuilder();
  const listOfEntry: number[] = [];
  let values = 0;
  for (const [number, { type, list }] of lists.entries()) {
    for (const value of list) {
      values++;
      if (type === 'string') {
        const key = value.toLowerCase();
        const held = exact.get(key);
        if (held === undefined) exact.set(key, [number]);
        else held.push(number);
      } else if (type === 'substring') substrings.push({ text: value.toLowerCase(), list: number });
      else if (type === 'regex') {
        const expression = compile(value);
        if (expression !== null) expressions.push({ expression, list: number });
      } else if (type === 'hostname') {
        listOfEntry[builder.add('domain', value.replace(/^\./, ''))] = number;
      } else {
        const kind = recogniseKind(value);
        if (kind === 'ipv4' || kind === 'ipv6' || kind === 'cidr')
          listOfEntry[builder.add(kind, value)] = number;
      }
    }
  }
  const index: Index = openIndex(builder.finish().bytes);
  const remembered = new Map<string, readonly string[]>();
  return {
    lists: lists.length,
    values,
    of(kind, value) {
      const question = `${kind} ${value}`;
      const known = remembered.get(question);
      if (known) return known;
      const key = value.toLowerCase();
      const found = new Set(exact.get(key) ?? []);
      for (const { text, list } of substrings) if (key.includes(text)) found.add(list);
      for (const { expression, list } of expressions) if (expression.matcher(value).find()) found.add(list);
      for (const hit of scan(new TextEncoder().encode(value), index)) found.add(listOfEntry[hit.entry]!);
      const result = [...found]
        .sort((a, b) => a - b)
        .map((number) => lists[number]!)
        .filter(({ kinds }) => kinds === null || kinds.has(kind))
        .map(({ name }) => name);
      if (remembered.size < REMEMBERED_MAX) remembered.set(question, result);
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

/** The text of a list's file, bounded. @throws EntenteError `file-unreadable`, `input-limit` */
export async function readWarninglist(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > LIST_BYTES_MAX) {
      throw new EntenteError('input-limit', `${path} has more than ${LIST_BYTES_MAX} bytes`, { where: path });
    }
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof EntenteError) throw cause;
    throw new EntenteError('file-unreadable', `${path}: cannot be read`, { where: path, cause });
  }
}

/** `where` is named in errors. @throws EntenteError `intelligence-format` */
export function parseWarninglist(text: string, where: string): Warninglist {
  let value: Record<string, unknown> | null = null;
  try {
    value = JSON.parse(text) as Record<string, unknown> | null;
  } catch {}
  const { type, list, name, version, matching_attributes: attributes } = value ?? {};
  if (typeof type !== 'string' || !TYPES.includes(type) || !Array.isArray(list)) {
    throw new EntenteError('intelligence-format', `${where} is no warninglist as MISP has them`, { where });
  }
  const kinds = Array.isArray(attributes) ? attributes.flatMap((one) => kindsOfType(String(one))) : [];
  return {
    name: typeof name === 'string' && name !== '' ? name.slice(0, 200) : where,
    version: String(version ?? '').slice(0, 40),
    type: type as Warninglist['type'],
    list: list.filter((item): item is string => typeof item === 'string'),
    // A list that names only attributes nobody knows speaks about nothing; one that names none, about everything.
    kinds: Array.isArray(attributes) && attributes.length > 0 ? new Set(kinds) : null,
  };
}
