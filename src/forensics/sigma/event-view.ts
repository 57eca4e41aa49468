import type { Event, FieldValue, Scalar } from '../event.ts';
import type { View } from './view.ts';

/** The values of one event, read and lowered once. */
export class EventView {
  readonly #view: View;
  readonly #names: readonly string[];
  readonly #values: (FieldValue | undefined)[];
  readonly #lowered: (readonly string[])[];
  readonly #valueOf: Uint32Array;
  readonly #loweredOf: Uint32Array;
  #turn = 0;
  #event!: Event;
  #all: string | null = null;

  constructor(view: View, names: readonly string[]) {
    this.#view = view;
    this.#names = names;
    this.#values = new Array(names.length);
    this.#lowered = new Array(names.length);
    this.#valueOf = new Uint32Array(names.length);
    this.#loweredOf = new Uint32Array(names.length);
  }

  take(event: Event): void {
    this.#event = event;
    this.#all = null;
    this.#turn = (this.#turn + 1) >>> 0;
    if (this.#turn === 0) {
      this.#valueOf.fill(0);
      this.#loweredOf.fill(0);
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

  /** The field's values as texts in lower case; none when it is missing or null. */
  lowered(field: number): readonly string[] {
    if (this.#loweredOf[field] !== this.#turn) {
      this.#loweredOf[field] = this.#turn;
      this.#lowered[field] = loweredTexts(this.value(field));
    }
    return this.#lowered[field]!;
  }

  /** All values of the event, a line each, in lower case: where keywords are looked for. */
  allText(): string {
    if (this.#all === null) {
      let all = this.#event.kind === 'windows-event' ? '' : this.#event.message;
      const { fields } = this.#event;
      for (const name in fields) {
        const value = fields[name];
        if (value !== null && value !== undefined && value !== '')
          all += `\n${Array.isArray(value) ? value.join('\n') : value}`;
      }
      this.#all = all.toLowerCase();
    }
    return this.#all;
  }
}

const NONE: readonly string[] = [];

function loweredTexts(value: FieldValue | undefined): readonly string[] {
  if (value === undefined || value === null) return NONE;
  if (typeof value === 'string') return [value.toLowerCase()];
  if (Array.isArray(value))
    return value.filter((item: Scalar) => item !== null).map((item: Scalar) => String(item).toLowerCase());
  return [String(value).toLowerCase()];
}
