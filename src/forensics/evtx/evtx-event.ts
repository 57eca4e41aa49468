/** A record of an event log as an event. Values stay binary until they are asked for. */
import type { Event, EventTime, Fields, FieldValue, Scalar } from '../event.ts';
import { writtenTime } from '../time-text.ts';
import { fileTime, uint64 } from '../windows-values.ts';
import type { Piece } from './fragment.ts';
import type { Column, RecordPlan, Shape } from './record-plan.ts';
import { decodeValue, TYPE_FILETIME } from './value.ts';

/** The values of one template instance: type and place of each, in bytes from the start of the chunk. */
export interface Instance {
  /** Where the descriptors begin: four bytes each, size u16, type u8. */
  readonly descriptors: number;
  readonly count: number;
  /** Where each value begins. */
  readonly starts: readonly number[];
}

export class EvtxEvent implements Event {
  readonly offset: number;
  readonly recordId: number;
  readonly recovered: boolean;
  readonly #chunk: Buffer;
  readonly #plan: RecordPlan;
  readonly #parts: readonly Instance[];
  /** Of the record header: when the record was written. */
  readonly #writtenAt: number;
  #fields: Fields | null = null;

  constructor(
    chunk: Buffer,
    plan: RecordPlan,
    parts: readonly Instance[],
    at: { offset: number; recordId: number; writtenAt: number; recovered: boolean },
  ) {
    this.#chunk = chunk;
    this.#plan = plan;
    this.#parts = parts;
    this.#writtenAt = at.writtenAt;
    this.offset = at.offset;
    this.recordId = at.recordId;
    this.recovered = at.recovered;
  }

  get kind(): string {
    return 'windows-event';
  }

  /** The names of the fields, the same object for all events of this form; null when this event's names vary. */
  get shape(): Shape | null {
    return this.#plan.dynamic.length === 0 ? this.#plan.shape : null;
  }

  /** The value of a column of `shape`. */
  column(index: number): FieldValue | undefined {
    if (this.#fields !== null) return this.#fields[this.#plan.columns[index]!.name];
    return this.#value(this.#plan.columns[index]!);
  }

  get time(): EventTime | null {
    const column = this.#plan.shape.columns.get('TimeCreated_SystemTime');
    if (column !== undefined) {
      const { part, pieces } = this.#plan.columns[column]!.occurrences[0]!;
      const [piece] = pieces;
      const instance = this.#parts[part]!;
      if (pieces.length === 1 && typeof piece === 'number' && piece < instance.count) {
        const descriptor = instance.descriptors + 4 * piece;
        if (this.#chunk[descriptor + 2] === TYPE_FILETIME && this.#chunk[descriptor] === 8) {
          const time = fileTime(uint64(this.#chunk, instance.starts[piece]!), 'TimeCreated');
          if (time !== null) return time;
        }
      }
      const time = writtenTime(textOf(this.#value(this.#plan.columns[column]!)), 'TimeCreated');
      if (time !== null) return time;
    }
    return fileTime(uint64(this.#chunk, this.#writtenAt), 'record header');
  }

  get host(): string | null {
    return textOf(this.field('Computer'));
  }

  /** As the event's data names the acting user, else the account the event was logged under. */
  get user(): string | null {
    const user = textOf(this.field('User'));
    if (user !== null) return user;
    const subject = textOf(this.field('SubjectUserName')) ?? textOf(this.field('TargetUserName'));
    if (subject !== null && subject !== '-') {
      const domain = textOf(this.field('SubjectDomainName')) ?? textOf(this.field('TargetDomainName'));
      return domain === null || domain === '-' ? subject : `${domain}\\${subject}`;
    }
    return textOf(this.field('Security_UserID'));
  }

  /** Provider, number and the event's data: the texts for people lie in files of the machine, not in the log. */
  get message(): string {
    let message = `${textOf(this.field('Provider_Name')) ?? 'unknown provider'} ${textOf(this.field('EventID')) ?? '?'}`;
    const from = this.#plan.columns.findIndex((column) => column.keepEmpty);
    if (from < 0) return message;
    for (const { name } of this.#plan.columns.slice(from)) {
      const value = this.field(name);
      if (value === undefined || value === '' || value === null || isSystemName(name)) continue;
      message += ` ${name}=${Array.isArray(value) ? value.join(', ') : value}`;
      if (message.length > MESSAGE_CHARS_MAX) return `${message.slice(0, MESSAGE_CHARS_MAX)}…`;
    }
    return message;
  }

  get fields(): Fields {
    if (this.#fields !== null) return this.#fields;
    const fields: Record<string, FieldValue> = {};
    for (const column of this.#plan.columns) {
      const value = this.#value(column);
      if (value !== undefined) put(fields, column.name, value);
    }
    for (const { part, field } of this.#plan.dynamic) {
      const name = String(this.#pieces(part, field.namePieces!) ?? '');
      const value = this.#pieces(part, field.pieces) ?? '';
      const before = fields[name];
      put(
        fields,
        name,
        before === undefined ? value : [...(Array.isArray(before) ? before : [before]), ...[value].flat()],
      );
    }
    this.#fields = fields;
    return fields;
  }

  field(name: string): FieldValue | undefined {
    if (this.#fields === null && this.#plan.dynamic.length === 0) {
      const column = this.#plan.shape.columns.get(name);
      return column === undefined ? undefined : this.#value(this.#plan.columns[column]!);
    }
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  #value(column: Column): FieldValue | undefined {
    const { occurrences } = column;
    if (occurrences.length === 1) {
      const value = this.#pieces(occurrences[0]!.part, occurrences[0]!.pieces);
      if (value === null || (value === '' && !column.keepEmpty)) return column.keepEmpty ? '' : undefined;
      return value;
    }
    const values: Scalar[] = [];
    for (const { part, pieces } of occurrences) {
      const value = this.#pieces(part, pieces);
      if (Array.isArray(value)) values.push(...value);
      else values.push((value as Scalar) ?? '');
    }
    return values;
  }

  #pieces(part: number, pieces: readonly Piece[]): FieldValue {
    if (pieces.length === 1) {
      const piece = pieces[0]!;
      return typeof piece === 'string' ? piece : this.#substitution(part, piece);
    }
    if (pieces.length === 0) return null;
    let text = '';
    for (const piece of pieces) {
      const value = typeof piece === 'string' ? piece : this.#substitution(part, piece);
      if (value !== null) text += Array.isArray(value) ? value.join(' ') : value;
    }
    return text;
  }

  #substitution(part: number, index: number): FieldValue {
    const instance = this.#parts[part]!;
    if (index >= instance.count) return null;
    const at = instance.descriptors + 4 * index;
    const chunk = this.#chunk;
    return decodeValue(chunk, chunk[at + 2]!, instance.starts[index]!, chunk[at]! | (chunk[at + 1]! << 8));
  }
}

/** Longer messages help nobody who reads a timeline; `fields` has everything. */
const MESSAGE_CHARS_MAX = 1_000;

const SYSTEM_ATTRIBUTE = /^(?:Provider|EventID|TimeCreated|Correlation|Execution|Security)_/;
function isSystemName(name: string): boolean {
  return SYSTEM_ATTRIBUTE.test(name) || SYSTEM_NAMES.has(name);
}
const SYSTEM_NAMES = new Set([
  'EventID',
  'Version',
  'Level',
  'Task',
  'Opcode',
  'Keywords',
  'EventRecordID',
  'Channel',
  'Computer',
]);

function textOf(value: FieldValue | undefined): string | null {
  return value === undefined || value === null || value === '' ? null : String(value);
}

/** A record may name a field `__proto__`; it is a name like any other. */
function put(fields: Record<string, FieldValue>, name: string, value: FieldValue): void {
  if (name === '__proto__')
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  else fields[name] = value;
}
