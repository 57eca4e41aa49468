/** Versions of an object (STIX 2.1 §3.6): the same `id`, told apart by `modified`; revoked once, revoked for good. */
import type { Issue } from '../base/index.ts';
import { compareStixTimestamps, isStixTimestamp } from './timestamps.ts';

interface Versioned {
  readonly id: string;
  readonly created?: unknown;
  readonly modified?: unknown;
  readonly revoked?: unknown;
  readonly created_by_ref?: unknown;
}

/**
 * The timestamp that tells versions apart: `modified`, else `created` (marking definitions have no other, §7.2.1);
 * undefined for observables, which have no versions.
 */
export function versionOf(object: Versioned): string | undefined {
  for (const value of [object.modified, object.created]) {
    if (typeof value === 'string' && isStixTimestamp(value)) return value;
  }
  return undefined;
}

/** Negative, zero or positive as `a` is older than, the same as, or newer than `b`. What has no version is oldest. */
export function compareVersions(a: Versioned, b: Versioned): number {
  const aVersion = versionOf(a);
  const bVersion = versionOf(b);
  if (aVersion === undefined || bVersion === undefined) {
    return (aVersion === undefined ? 0 : 1) - (bVersion === undefined ? 0 : 1);
  }
  return compareStixTimestamps(aVersion, bVersion);
}

export function isRevoked(object: Versioned): boolean {
  return object.revoked === true;
}

/** What keeps `next` from being a later version of `previous`; empty when it is one. */
export function successionIssues(previous: Versioned, next: Versioned): readonly Issue[] {
  const issues: Issue[] = [];
  const fault = (code: string, path: string, message: string, section = 'STIX 2.1 §3.6') =>
    issues.push({ code, path, message, severity: 'error', section });
  if (previous.id !== next.id) fault('identifier', 'id', 'versions of one object share their id');
  if (compareVersions(next, previous) <= 0)
    fault('order', 'modified', 'a new version needs a later modified');
  if (previous.created !== next.created) {
    fault('forbidden', 'created', 'created must not change with a new version', 'STIX 2.1 §3.2');
  }
  if (previous.created_by_ref !== next.created_by_ref) {
    fault('forbidden', 'created_by_ref', 'only the object creator may create new versions');
  }
  if (isRevoked(previous)) fault('forbidden', 'revoked', 'a revoked object must not have later versions');
  return issues;
}
