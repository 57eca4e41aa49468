/**
 * Where validation writes what it finds. A check runs on every property of every object of a bundle, so the
 * path is kept as a stack that costs one store a step, and becomes text only when there is something to say.
 */
import type { Issue } from '../base/index.ts';

/** Every code an issue of this room can have. Errors break a MUST; warnings leave a SHOULD unheeded. */
export type StixIssueCode =
  /** Not a JSON object, or a value of the wrong JSON type. */
  | 'type'
  /** A required property is absent. */
  | 'required'
  /** Text that does not follow the form its data type asks for. */
  | 'format'
  /** A term outside a closed enumeration. */
  | 'enumeration'
  /** A number outside its bounds. */
  | 'range'
  /** An empty list or dictionary. */
  | 'empty'
  /** An identifier that is none, or whose UUID may not be used here. */
  | 'identifier'
  /** A reference to an object of a type that may not stand there, or that is not there. */
  | 'reference'
  /** A property name, type name or dictionary key outside the allowed characters or length. */
  | 'name'
  /** A property that may not be used on this object. */
  | 'forbidden'
  /** Properties that exclude or require one another. */
  | 'combination'
  /** One time before another that it may not precede. */
  | 'order'
  /** A STIX pattern that does not parse. */
  | 'pattern'
  /** A marking, or a selector, that is not right. */
  | 'marking'
  /** An extension that is not right. */
  | 'extension'
  /** Deeper, longer or more than is read. */
  | 'limit'
  /** Warning: a term outside a suggested vocabulary. */
  | 'vocabulary'
  /** Warning: something the specification recommends otherwise. */
  | 'recommended'
  /** Warning: something the specification has deprecated. */
  | 'deprecated';

/** Faults told of one object. An object with more is beyond repair by hand; the last one says that more follow. */
export const ISSUES_PER_OBJECT_MAX = 100;

/** Characters of a value or name repeated in a message. */
const EXCERPT_MAX = 60;

const NONE: readonly Issue[] = Object.freeze([]);

export class Report {
  /** Section of the specification that defines what is being checked, without the `§`. */
  section = '2';
  readonly wantsWarnings: boolean;
  /** Whether a MUST was broken. */
  failed = false;
  #path: (string | number)[] = [];
  #depth = 0;
  #issues: Issue[] | null = null;

  constructor(options: { readonly warnings?: boolean } = {}) {
    this.wantsWarnings = options.warnings ?? true;
  }

  /** Begins the members of a value; `at` then names each. */
  enter(): void {
    this.#depth++;
  }

  at(step: string | number): void {
    this.#path[this.#depth - 1] = step;
  }

  leave(): void {
    this.#depth--;
  }

  get depth(): number {
    return this.#depth;
  }

  error(code: StixIssueCode, message: string, section = this.section): void {
    this.failed = true;
    this.#add('error', code, message, section);
  }

  /** An error about a member that is not there, or that a rule found outside the walk. */
  errorAt(member: string, code: StixIssueCode, message: string, section = this.section): void {
    this.enter();
    this.at(member);
    this.error(code, message, section);
    this.leave();
  }

  warn(code: StixIssueCode, message: string, section = this.section): void {
    if (this.wantsWarnings) this.#add('warning', code, message, section);
  }

  warnAt(member: string, code: StixIssueCode, message: string, section = this.section): void {
    if (!this.wantsWarnings) return;
    this.enter();
    this.at(member);
    this.warn(code, message, section);
    this.leave();
  }

  /** Ends the report of one object and makes the instance ready for the next. */
  take(): readonly Issue[] {
    const issues = this.#issues ?? NONE;
    this.#issues = null;
    this.#depth = 0;
    this.failed = false;
    return issues;
  }

  #add(severity: 'error' | 'warning', code: StixIssueCode, message: string, section: string): void {
    this.#issues ??= [];
    const count = this.#issues.length;
    if (count > ISSUES_PER_OBJECT_MAX) return;
    this.#issues.push(
      count === ISSUES_PER_OBJECT_MAX
        ? {
            code: 'limit',
            path: '',
            message: `more than ${ISSUES_PER_OBJECT_MAX} faults; the rest is not listed`,
            severity: this.failed ? 'error' : 'warning',
          }
        : { code, path: this.#pathText(), message, severity, section: `STIX 2.1 §${section}` },
    );
  }

  #pathText(): string {
    let text = '';
    for (let i = 0; i < this.#depth; i++) {
      const step = this.#path[i]!;
      if (typeof step === 'number') text += `[${step}]`;
      else if (/^[\w-]{1,250}$/.test(step)) text += text === '' ? step : `.${step}`;
      else text += `[${excerpt(step)}]`;
    }
    return text;
  }
}

/** A value as it may stand in a message: JSON, cut short. */
export function excerpt(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > EXCERPT_MAX ? `${value.slice(0, EXCERPT_MAX)}…` : value;
    return JSON.stringify(cut.toWellFormed());
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
