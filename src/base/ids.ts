/** Identifiers. Random ones come from the platform's generator; nothing here is guessable or ordered by secret. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** `agreement--<uuid>`: the shape STIX gives identifiers, used for the node's own objects too. */
export function newId(kind: string): string {
  return `${kind}--${crypto.randomUUID()}`;
}

export function isId(text: string, kind?: string): boolean {
  const split = text.indexOf('--');
  if (split < 1) return false;
  return (kind === undefined || text.slice(0, split) === kind) && UUID.test(text.slice(split + 2));
}
