/** Stands in for `node:module` when the page is built: what would load the policy engine is never called by the check. */
export function createRequire(): never {
  throw new Error('this does not run in a browser');
}
