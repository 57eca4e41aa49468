/** What an export gives: the document, and in words what of the agreement it could not carry. */
export interface Exported<T> {
  readonly document: T;
  readonly notExpressed: readonly string[];
}
