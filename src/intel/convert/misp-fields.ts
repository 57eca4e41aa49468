/** Reading what MISP writes, and the machine tags that keep among a STIX object's labels what STIX has no property for. */
export type Json = Record<string, unknown>;

export const record = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** `misp:category="Network activity"`: namespace, predicate and value, as MISP's taxonomies write tags. */
export function machineTag(predicate: string, value: string): string {
  return `misp:${predicate}="${value.slice(0, 200).replaceAll('"', "'")}"`;
}

/** Machine tags by predicate, and the labels that are none. */
export function readMachineTags(labels: unknown): {
  said: ReadonlyMap<string, string>;
  others: readonly string[];
} {
  const said = new Map<string, string>();
  const others: string[] = [];
  for (const label of list(labels)) {
    if (typeof label !== 'string') continue;
    const tag = /^misp:([a-z_-]+)="(.*)"$/s.exec(label);
    if (tag) said.set(tag[1]!, tag[2]!);
    else others.push(label);
  }
  return { said, others };
}
