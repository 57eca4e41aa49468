/**
 * The tree of a STIX pattern (STIX 2.1 §9). Operators hold any number of operands, so that ten thousand terms joined
 * by OR are one node and not ten thousand levels. A tree holds nothing of the text's layout: parsing what was printed
 * gives an equal tree.
 */

/** A whole pattern is an observation expression (§9.4). */
export type Pattern = ObservationExpression;

export type ObservationExpression =
  | ObservationTest
  | ObservationOperation
  | {
      readonly kind: 'qualified';
      readonly operand: ObservationExpression;
      readonly qualifiers: readonly Qualifier[];
    };

/** `[ … ]`: what one object of one observation must be (§9.5). */
export interface ObservationTest {
  readonly kind: 'observation';
  readonly comparison: ComparisonExpression;
}

export interface ObservationOperation {
  readonly kind: 'and' | 'or' | 'followed-by';
  /** At least two. */
  readonly operands: readonly ObservationExpression[];
}

/** Applied from left to right, each to what stands before it; no two of one kind (§9.5.1). */
export type Qualifier =
  | { readonly kind: 'repeats'; readonly times: number }
  | { readonly kind: 'within'; readonly seconds: number }
  /** Timestamps as written; `start` belongs to the time, `stop` does not. */
  | { readonly kind: 'start-stop'; readonly start: string; readonly stop: string };

export type ComparisonExpression =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly operands: readonly ComparisonExpression[] };

export type Comparison =
  | {
      readonly kind: 'comparison';
      readonly path: ObjectPath;
      readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
      readonly negated: boolean;
      readonly value: Constant;
    }
  | {
      readonly kind: 'in';
      readonly path: ObjectPath;
      readonly negated: boolean;
      /** All of one kind; may be empty. */
      readonly values: readonly Constant[];
    }
  | {
      readonly kind: 'text';
      readonly path: ObjectPath;
      readonly operator: 'LIKE' | 'MATCHES' | 'ISSUBSET' | 'ISSUPERSET';
      readonly negated: boolean;
      readonly value: string;
    }
  | { readonly kind: 'exists'; readonly path: ObjectPath; readonly negated: boolean };

/** `file:hashes.'SHA-256'` (§9.7). The first step is a property. */
export interface ObjectPath {
  readonly objectType: string;
  readonly steps: readonly PathStep[];
}

export type PathStep =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number | '*' };

/** §9.2 */
export type Constant =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'binary' | 'hex'; readonly value: Uint8Array }
  /** As written. */
  | { readonly kind: 'timestamp'; readonly value: string };
