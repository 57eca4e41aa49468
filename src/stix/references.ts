/**
 * Every identifier that an object mentions. Whoever lets an object go asks this first: a relationship, a report or a
 * sentence in a description reveals that the object it names exists.
 */
/** The UUID part of an identifier, of any version: what is mentioned need not be valid to reveal something. */
const UUID = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/y;

/** A type name at the end of text; type names have at most 250 characters (STIX 2.1 §3.1). */
const TYPE_AT_END = /[a-z][a-z0-9-]{1,249}$/;

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
  for (let at = text.indexOf('--'); at >= 0; at = text.indexOf('--', at + 1)) {
    UUID.lastIndex = at + 2;
    if (!UUID.test(text)) continue;
    const type = TYPE_AT_END.exec(text.slice(Math.max(0, at - 250), at))?.[0];
    if (type !== undefined) found.add(type + text.slice(at, UUID.lastIndex));
  }
}
