import { hash } from 'node:crypto';

/**
 * A short key of an object's identifier: 48 bits of its SHA-256, which nobody can make collide at will as one could with digits of the
 * identifier itself. Identifiers are random, so that every new one changes another page of their index; an index of six bytes an entry
 * is a quarter of one of the identifiers, and stays in memory. It leads to candidates: identifiers are compared beside it.
 */
export function idKey(id: string): number {
  return hash('sha256', id, 'buffer').readUIntBE(0, 6);
}
