import type { Event, FieldValue, Scalar } from '../event.ts';
import { foldCase } from './fold.ts';
import type { View } from './view.ts';

/** The values of one event, read and folded once. */
export class EventView {
  readonly #view: View;
  readonly #names: readonly string[];
  readonly #values: (FieldValue | undefined)[];
  readonly #folded: (readonly string[])[];
  readonly #valueOf: Uint32Array;
  readonly #foldedOf: Uint32Array;
  #turn = 0;
  #event!: Event;
  #all: string | null = null;
  #texts: readonly string[] | null = null;
  #foldedTexts: readonly string[] | null = null;

  constructor(view: View, names: readonly string[]) {
    this.#view = view;
    this.#names = names;
    this.#values = new Array(names.length);
    this.#folded = new Array(names.length);
    this.#valueOf = new Uint32Array(names.length);
    this.#foldedOf = new Uint32Array(names.length);
  }

  take(event: Event): void {
    this.#event = event;
    this.#all = null;
    this.#texts = null;
    this.#foldedTexts = null;
    this.#turn = (this.#turn + 1) >>> 0;
    if (this.#turn === 0) {
      this.#valueOf.fill(0);
      this.#foldedOf.fill(0);
      this.#turn = 1;
    }
  }

  get event(): Event {
    return this.#event;
  }

  /** A field by its name in rules. */
  read(name: string): FieldValue | undefined {
    const source = this.#view.fields?.get(name) ?? name;
    return typeof source === 'string' ? this.#event.field(source) : source(this.#event);
  }

  value(field: number): FieldValue | undefined {
    if (this.#valueOf[field] !== this.#turn) {
      this.#valueOf[field] = this.#turn;
      this.#values[field] = this.read(this.#names[field]!);
    }
    return this.#values[field];
  }

  /** The field's values as texts, folded; none when it is missing or null. */
  folded(field: number): readonly string[] {
    if (this.#foldedOf[field] !== this.#turn) {
      this.#foldedOf[field] = this.#turn;
      this.#folded[field] = foldedTexts(this.value(field));
    }
    return this.#folded[field]!;
  }

  /** All values of the event, a line each, folded: where the literals of keywords are looked for. */
  allText(): string {
    if (this.#all === null) {
      let all = MADE_OF_FIELDS.has(this.#event.kind) ? '' : this.#event.message;
      const { fields } = this.#event;
      for (const name in fields) {
        const value = fields[name];
        if (value !== null && value !== undefined && value !== '')
          all += `\n${Array.isArray(value) ? value.join('\n') : value}`;
      }
      this.#all = foldCase(all);
    }
    return this.#all;
  }

  /** Each value of the event: a keyword is found in one of them, never across two. */
  texts(): readonly string[] {
    if (this.#texts === null) {
      const { kind, message, fields } = this.#event;
      this.#texts = [
        ...(MADE_OF_FIELDS.has(kind) ? [] : [message]),
        ...Object.values(fields).flatMap((value) => textsOf(value)),
      ];
    }
    return this.#texts;
  }

  foldedTexts(): readonly string[] {
    this.#foldedTexts ??= this.texts().map(foldCase);
    return this.#foldedTexts;
  }
}

/** Events whose message repeats their fields side by side: a keyword could go across two of them there. */
const MADE_OF_FIELDS: ReadonlySet<string> = new Set(['windows-event', 'json']);

const NONE: readonly string[] = [];

/** A field's values as texts; none when it is missing or null. */
export function textsOf(value: FieldValue | undefined): readonly string[] {
  if (value === undefined || value === null) return NONE;
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.filter((item: Scalar) => item !== null).map(String);
  return [String(value)];
}

function foldedTexts(value: FieldValue | undefined): readonly string[] {
  if (value === undefined || value === null) return NONE;
  return typeof value === 'string' ? [foldCase(value)] : textsOf(value).map(foldCase);
}
