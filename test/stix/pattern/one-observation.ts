/** Short ways to say what was observed. */
import { matchPattern, type StixObject } from '../../../src/stix/pattern/index.ts';

/** An observed-data with the objects; those without an id get one. */
export function observed(
  objects: readonly Record<string, unknown>[],
  properties: Record<string, unknown> = {},
): StixObject[] {
  const named = objects.map((object, index) => ({ id: `x--${index}`, type: 'x', ...object })) as StixObject[];
  return [
    {
      type: 'observed-data',
      id: 'observed-data--0',
      first_observed: '2026-01-01T00:00:00Z',
      last_observed: '2026-01-01T00:00:00Z',
      number_observed: 1,
      object_refs: named.map(({ id }) => id),
      ...properties,
    },
    ...named,
  ];
}

/** One observation of an object `x` with `p` for each letter: at a second of 1970, or a span `[first, last]`. */
export function timed(
  ...entries: readonly (readonly [p: string, at: number | readonly [number, number], count?: number])[]
): StixObject[] {
  return entries.flatMap(([p, at, count = 1], index) => {
    const [first, last] = typeof at === 'number' ? [at, at] : at;
    const id = `x--${index}`;
    return [
      {
        type: 'observed-data',
        id: `observed-data--${index}`,
        first_observed: new Date(first * 1000).toISOString(),
        last_observed: new Date(last * 1000).toISOString(),
        number_observed: count,
        object_refs: [id],
      },
      { type: 'x', id, p },
    ];
  });
}

/** Whether the expression holds of one object `x` with the properties. */
export function holds(expression: string, properties: Record<string, unknown>): boolean {
  return matchPattern(`[${expression}]`, observed([properties])) !== null;
}
