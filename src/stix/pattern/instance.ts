/**
 * A plan with every copy written out: each block has a number of its own, and so has every decision to be taken —
 * which part of an OR, when a window starts, where FOLLOWEDBY splits time.
 */
import { EntenteError } from '../../base/errors.ts';
import { COPIES_MAX } from './limits.ts';
import type { Plan, Term } from './plan.ts';

export type Node =
  | BlockNode
  | { readonly kind: 'and' | 'copies'; readonly parts: readonly Node[] }
  | { readonly kind: 'or'; readonly parts: readonly Node[]; readonly choice: number }
  /** `splits + i` is the parameter between part i and part i + 1: the last instant of all parts up to i. */
  | { readonly kind: 'followed-by'; readonly parts: readonly Node[]; readonly splits: number }
  /** `start` is the parameter for the first instant of what is inside. */
  | { readonly kind: 'within'; readonly part: Node; readonly start: number; readonly ns: bigint };

export interface BlockNode {
  readonly kind: 'block';
  readonly id: number;
  /** Copies of one block share their terms. */
  readonly terms: readonly Term[];
  /** The `start` parameters of the windows around it. */
  readonly windows: readonly number[];
}

export interface Instance {
  readonly root: Node;
  readonly blocks: readonly BlockNode[];
  readonly choices: number;
  /** Instants to be decided. */
  readonly parameters: number;
  /** Copies are alike, so their parameters may be taken in ascending order: the first of each pair is not after the second. */
  readonly ordered: readonly (readonly [number, number])[];
}

/** @throws EntenteError `input-limit` when REPEATS asks for more copies than are searched for. */
export function writeOut(plan: Plan): Instance {
  const blocks: BlockNode[] = [];
  const ordered: [number, number][] = [];
  let choices = 0;
  let parameters = 0;
  const windows: number[] = [];
  const write = (part: Plan): Node => {
    switch (part.kind) {
      case 'block': {
        if (blocks.length >= COPIES_MAX) {
          throw new EntenteError(
            'input-limit',
            `the pattern asks for more than ${COPIES_MAX} groups of observations with conditions on time`,
          );
        }
        const block: BlockNode = {
          kind: 'block',
          id: blocks.length,
          terms: part.terms,
          windows: [...windows],
        };
        blocks.push(block);
        return block;
      }
      case 'and':
        return { kind: 'and', parts: part.parts.map(write) };
      case 'or':
        return { kind: 'or', choice: choices++, parts: part.parts.map(write) };
      case 'followed-by': {
        const splits = parameters;
        parameters += part.parts.length - 1;
        return { kind: 'followed-by', splits, parts: part.parts.map(write) };
      }
      case 'within': {
        const start = parameters++;
        windows.push(start);
        const inside = write(part.part);
        windows.pop();
        return { kind: 'within', start, ns: part.ns, part: inside };
      }
      case 'copies': {
        const parts: Node[] = [];
        for (let copy = 0; copy < part.times; copy++) parts.push(write(part.part));
        for (let copy = 1; copy < part.times; copy++) {
          const before = ownParameter(parts[copy - 1]!);
          const after = ownParameter(parts[copy]!);
          if (before !== null && after !== null) ordered.push([before, after]);
        }
        return { kind: 'copies', parts };
      }
    }
  };
  const root = write(plan);
  return { root, blocks, choices, parameters, ordered };
}

function ownParameter(node: Node): number | null {
  return node.kind === 'within' ? node.start : node.kind === 'followed-by' ? node.splits : null;
}
