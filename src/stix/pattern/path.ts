/**
 * Object paths against objects (STIX 2.1 §9.7). A property step behind a reference goes through it. References may form
 * cycles: a path has a bounded number of steps, and at each step an object is entered once, so that `refs[*]` many
 * times in a row over objects that all name each other costs steps times objects, not objects to the power of steps.
 */
import type { ObjectPath, PathStep } from './ast.ts';
import { isRecord, type Observation, own, type StixObject } from './observations.ts';
import type { Encoding } from './values.ts';

export interface CompiledPath {
  readonly objectType: string;
  readonly steps: readonly PathStep[];
  /** Per step: whether what stands there may be a reference to go through. */
  readonly dereferences: readonly boolean[];
  /** How the property's text encodes bytes, by its name (§2.1, §2.8): `_bin` is base64, `_hex` hexadecimal. */
  readonly encoding: Encoding;
  readonly mayMeetAgain: boolean;
}

export function compilePath(path: ObjectPath): CompiledPath {
  let name = '';
  const dereferences = path.steps.map((step) => {
    const isReference = step.kind === 'property' && (name.endsWith('_ref') || name.endsWith('_refs'));
    if (step.kind === 'property') name = step.name;
    return isReference;
  });
  return {
    objectType: path.objectType,
    steps: path.steps,
    dereferences,
    encoding: name.endsWith('_bin') ? 'base64' : name.endsWith('_hex') ? 'hex' : null,
    mayMeetAgain: dereferences.filter(Boolean).length > 1,
  };
}

/**
 * Whether any value at the path from `root` passes `test`. JSON null is no STIX value (§3.1) and counts as missing.
 * When it passes, `chain` holds the objects that references led through.
 */
export function someValue(
  path: CompiledPath,
  root: StixObject,
  observation: Observation,
  test: (value: unknown) => boolean,
  chain: StixObject[] = [],
): boolean {
  const { steps, dereferences } = path;
  const entered: Set<StixObject>[] = path.mayMeetAgain ? steps.map(() => new Set()) : [];
  const search = (value: unknown, at: number): boolean => {
    if (value === null || value === undefined) return false;
    const step = steps[at];
    if (!step) return test(value);
    if (step.kind === 'index') {
      if (!Array.isArray(value)) return false;
      if (step.index !== '*') return search(value[step.index], at + 1);
      observation.work.spend(value.length);
      return value.some((element) => search(element, at + 1));
    }
    if (typeof value !== 'string' || !dereferences[at]) {
      return isRecord(value) && search(own(value, step.name), at + 1);
    }
    const object = observation.resolve(value);
    if (!object || entered[at]?.has(object)) return false;
    entered[at]?.add(object);
    chain.push(object);
    if (search(own(object, step.name), at + 1)) return true;
    chain.pop();
    return false;
  };
  return search(root, 0);
}
