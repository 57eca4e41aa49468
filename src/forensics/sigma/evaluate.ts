/** A rule's expression as a function of an event. */
import { compileExpression } from './detection.ts';
import { type EventView, textsOf } from './event-view.ts';
import { foldCase } from './fold.ts';
import { compileGlob } from './glob.ts';
import { isInRange, parseAddress, parseCidr } from './ip-range.ts';
import type { Expression, Glob, Test, TimePart } from './rule.ts';

export type Evaluate = (view: EventView) => boolean;

export function compileExpressionTree(expression: Expression, indexOf: (name: string) => number): Evaluate {
  switch (expression.op) {
    case 'not': {
      const inner = compileExpressionTree(expression.item, indexOf);
      return (view) => !inner(view);
    }
    case 'and': {
      const items = expression.items.map((item) => compileExpressionTree(item, indexOf));
      return (view) => {
        for (const item of items) if (!item(view)) return false;
        return true;
      };
    }
    case 'or': {
      const items = expression.items.map((item) => compileExpressionTree(item, indexOf));
      return (view) => {
        for (const item of items) if (item(view)) return true;
        return false;
      };
    }
    case 'test':
      return expression.field === null
        ? compileKeyword(expression.test)
        : compileTest(expression.test, indexOf(expression.field), indexOf);
  }
}

/** Keywords are looked for in every value; the glob is open at both ends. */
function compileKeyword(test: Test): Evaluate {
  if (test.kind === 'glob') {
    const fits = compileGlob(test.cased ? test.glob : foldedGlob(test.glob));
    return test.cased ? (view) => view.texts().some(fits) : (view) => view.foldedTexts().some(fits);
  }
  if (test.kind === 're') {
    const expression = compileExpression(test.source, test.flags);
    return (view) => view.texts().some((text) => expression.test(text));
  }
  return () => false;
}

function compileTest(test: Test, field: number, indexOf: (name: string) => number): Evaluate {
  switch (test.kind) {
    case 'glob': {
      if (test.cased) {
        const fits = compileGlob(test.glob);
        return (view) => textsOf(view.value(field)).some(fits);
      }
      const fits = compileGlob(foldedGlob(test.glob));
      return (view) => {
        for (const text of view.folded(field)) if (fits(text)) return true;
        return false;
      };
    }
    case 're': {
      const expression = compileExpression(test.source, test.flags);
      return (view) => textsOf(view.value(field)).some((text) => expression.test(text));
    }
    case 'cidr': {
      const range = parseCidr(test.range)!;
      return (view) =>
        textsOf(view.value(field)).some((text) => {
          const address = parseAddress(text.trim());
          return address !== null && isInRange(address, range);
        });
    }
    case 'empty':
      return (view) => {
        const value = view.value(field);
        return (
          value === undefined ||
          value === null ||
          value === '' ||
          (Array.isArray(value) && value.length === 0)
        );
      };
    case 'exists':
      return (view) => (view.value(field) !== undefined) === test.exists;
    case 'compare': {
      const { operator, value: bound } = test;
      return (view) =>
        textsOf(view.value(field)).some((text) => {
          const number = text.trim() === '' ? Number.NaN : Number(text);
          if (operator === 'gt') return number > bound;
          if (operator === 'gte') return number >= bound;
          return operator === 'lt' ? number < bound : number <= bound;
        });
    }
    case 'time':
      return (view) => textsOf(view.value(field)).some((text) => timePart(text, test.part) === test.value);
    case 'field': {
      const other = indexOf(test.other);
      const { how, cased } = test;
      const texts = cased
        ? (view: EventView, index: number) => textsOf(view.value(index))
        : (view: EventView, index: number) => view.folded(index);
      return (view) =>
        texts(view, field).some((text) =>
          texts(view, other).some((part) => {
            if (how === 'equals') return text === part;
            if (how === 'contains') return text.includes(part);
            return how === 'startswith' ? text.startsWith(part) : text.endsWith(part);
          }),
        );
    }
  }
}

function foldedGlob(glob: Glob): Glob {
  return { ...glob, segments: glob.segments.map((segment) => foldCase(segment)) };
}

/** A part of a time, in UTC. Weeks are those of ISO 8601. */
function timePart(text: string, part: TimePart): number | null {
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.trim().replace(' ', 'T')}Z`);
  if (Number.isNaN(ms)) return null;
  const date = new Date(ms);
  switch (part) {
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
    case 'week': {
      const thursday = new Date(ms);
      thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
      return Math.ceil(
        ((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7,
      );
    }
  }
}
