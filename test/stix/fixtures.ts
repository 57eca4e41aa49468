/** Small valid objects, one of each type, from `vectors/stix/minimal.json`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = Record<string, unknown>;

export const minimal = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../vectors/stix/minimal.json'), 'utf8'),
) as Record<string, Json>;

/** A bundle of objects given as text. */
export function bundleText(...objects: string[]): string {
  return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[${objects.join(', ')}]}`;
}

/** Numbers below 1 that are the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
