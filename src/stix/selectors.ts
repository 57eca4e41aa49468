/**
 * Selectors of granular markings (STIX 2.1 §7.2.3): `external_references.[0].source_name`, from the root of the
 * object, by names and list positions.
 */

const COMPONENT = /^(?:\[(?:0|[1-9]\d{0,9})\]|[a-zA-Z0-9_-]{1,250})$/;

/** Components of one selector; deeper than any object that is read. */
const COMPONENTS_MAX = 128;

/** The steps of a selector, or null when it is none. */
export function parseSelector(selector: string): readonly (string | number)[] | null {
  const parts = selector.split('.', COMPONENTS_MAX + 1);
  if (parts.length > COMPONENTS_MAX || !parts.every((part) => COMPONENT.test(part))) return null;
  if (parts[0]!.startsWith('[')) return null; // the root is the object
  return parts.map((part) => (part.startsWith('[') ? Number(part.slice(1, -1)) : part));
}

/** What a selector finds: a value in a box, or why there is none. */
export function readSelector(
  object: unknown,
  selector: string,
): { readonly value: unknown } | 'malformed' | 'absent' {
  const steps = parseSelector(selector);
  if (steps === null) return 'malformed';
  let value = object;
  for (const step of steps) {
    if (typeof step === 'number') {
      if (!Array.isArray(value) || step >= value.length) return 'absent';
      value = value[step];
    } else {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step))
        return 'absent';
      value = (value as Record<string, unknown>)[step];
    }
  }
  return { value };
}

/** Whether what `outer` selects holds what `inner` selects, or is it. */
export function selects(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}
