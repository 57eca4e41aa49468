/**
 * Every identifier that an object mentions. Whoever lets an object go asks this first: a relationship, a report or a
 * sentence in a description reveals that the object it names exists.
 */
import { isStixId } from './identifiers.ts';

/** An identifier anywhere in text. The type part is bounded, so a search is linear in the text. */
const MENTION =
  /[a-z][a-z0-9-]{1,249}--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/g;

/**
 * The ids of other objects that this one mentions, each once, in the order of their first mention: in `_ref` and
 * `_refs` properties, nested ones, custom ones, as keys (extensions), and inside any text.
 */
export function referencesOf(object: Readonly<Record<string, unknown>>): readonly string[] {
  const found = new Set<string>();
  collect(object, found);
  if (typeof object['id'] === 'string') found.delete(object['id']);
  return [...found];
}

/** Walks without recursion: what is asked about may not have been validated and may nest without end. */
function collect(root: unknown, found: Set<string>): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') mention(value, found);
    else if (Array.isArray(value)) for (let i = value.length - 1; i >= 0; i--) open.push(value[i]);
    else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      for (let i = entries.length - 1; i >= 0; i--) {
        const [key, held] = entries[i]!;
        open.push(held);
        if (key.includes('--')) open.push(key);
      }
    }
  }
}

function mention(text: string, found: Set<string>): void {
  if (!text.includes('--')) return;
  if (isStixId(text)) found.add(text);
  else for (const match of text.matchAll(MENTION)) found.add(match[0]);
}
