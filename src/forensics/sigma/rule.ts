/**
 * What a Sigma rule is once it is read: plain data that can be kept, compared and sent to a worker. The engine
 * turns it into something that runs.
 */

/** A text with wildcards, cut at each `*`. In a segment, `ANY_CHARACTER` stands for `?`. */
export interface Glob {
  readonly segments: readonly string[];
  /** The first segment must begin the value. */
  readonly fromStart: boolean;
  /** The last segment must end the value. */
  readonly toEnd: boolean;
}

/** Unicode promises that this is no character, so no rule can mean it. */
export const ANY_CHARACTER = '\uffff';

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

export type Test =
  | { readonly kind: 'glob'; readonly glob: Glob; readonly cased: boolean }
  | { readonly kind: 're'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly range: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'compare'; readonly operator: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number }
  | { readonly kind: 'time'; readonly part: TimePart; readonly value: number }
  | {
      readonly kind: 'field';
      readonly other: string;
      readonly how: 'equals' | 'startswith' | 'endswith' | 'contains';
      readonly cased: boolean;
    };

export type Expression =
  | { readonly op: 'and' | 'or'; readonly items: readonly Expression[] }
  | { readonly op: 'not'; readonly item: Expression }
  /** `field` null: any value of the event, as keywords ask for. */
  | { readonly op: 'test'; readonly field: string | null; readonly test: Test };

export interface LogSource {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
}

interface RuleHead {
  /** The rule's own, or its name, or one made of its content: the specification asks for neither. */
  readonly id: string;
  /** For references from correlations. */
  readonly name: string | null;
  readonly title: string;
  readonly level: string;
  readonly status: string | null;
  readonly tags: readonly string[];
  /** The file it came from, as the caller named it. */
  readonly path: string;
}

export interface SigmaRule extends RuleHead {
  readonly type: 'rule';
  readonly logSource: LogSource;
  readonly expression: Expression;
}

export type CorrelationType = 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered';

export interface CorrelationRule extends RuleHead {
  readonly type: 'correlation';
  readonly kind: CorrelationType;
  /** Ids or names of rules, correlations among them. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanSeconds: number;
  /** For counts; all must hold. Temporal correlations have none. */
  readonly conditions: readonly {
    readonly operator: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';
    readonly value: number;
  }[];
  /** The field whose values are counted. */
  readonly field: string | null;
  /** A group-by name to the field it stands for in each rule. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether the rules it refers to give findings of their own. */
  readonly generate: boolean;
}

export interface RejectedRule {
  readonly path: string;
  readonly id: string | null;
  readonly title: string | null;
  readonly reason: string;
}

/** A fault of a rule, found while reading it; becomes the reason of a RejectedRule. */
export class RuleFault extends Error {}
