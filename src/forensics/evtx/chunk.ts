/**
 * One chunk of an event log: 512 bytes of header, then records one after another, then free space in which older
 * records may survive. Offsets inside a chunk count from its start; names and definitions are shared by its records.
 *
 * Life of a record: header and trailing size are compared, its template is looked up (or read, if this is its
 * first use in the chunk), its values are measured, and an event is made that decodes them when asked.
 */
import type { Account } from '../account.ts';
import { plainEvent } from '../event.ts';
import { fileTime, uint16, uint32, uint64, uint64Number } from '../windows-values.ts';
import { EvtxEvent, type Instance } from './evtx-event.ts';
import { BinaryXmlFault, FragmentReader } from './fragment.ts';
import {
  type Definition,
  type NestedSlot,
  planRecord,
  type RecordPlan,
  type ShapeTable,
} from './record-plan.ts';
import { decodeValue, TYPE_BINXML, TYPE_NULL } from './value.ts';

export const CHUNK_BYTES = 65_536;
export const CHUNK_HEADER_BYTES = 512;
/** `**\0\0` */
const RECORD_MAGIC = 0x00002a2a;
/** Magic, size, record id, time written; and the size again at the end. */
const RECORD_HEADER_BYTES = 24;
const RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + 4;
/** Fragments in values in values: Windows writes one level. */
const NESTED_MAX = 8;
/** A definition names fewer; a record of 64 KiB has room for no more than 16,384 descriptors. */
const VALUES_MAX = 8_192;

const NO_INSTANCE: Instance = { descriptors: 0, count: 0, starts: [] };

export class Chunk {
  readonly #bytes: Buffer;
  /** Of the chunk, in the exhibit. */
  readonly #base: number;
  readonly #account: Account;
  readonly #shapes: ShapeTable;
  readonly #names = new Map<number, string>();
  readonly #definitions = new Map<number, Definition>();
  readonly #reader: FragmentReader;

  constructor(bytes: Buffer, base: number, account: Account, shapes: ShapeTable) {
    this.#bytes = bytes;
    this.#base = base;
    this.#account = account;
    this.#shapes = shapes;
    this.#reader = new FragmentReader(bytes, this.#names);
  }

  /**
   * Reads the records from the header to `end`, each right behind the one before. Returns where the chain ends;
   * less than `end` when it breaks, which is told in the account.
   */
  readChain(end: number, recovered: boolean): number {
    const b = this.#bytes;
    let at = CHUNK_HEADER_BYTES;
    while (at + RECORD_OVERHEAD_BYTES <= end && !this.#account.stopped) {
      const size = uint32(b, at + 4);
      if (uint32(b, at) !== RECORD_MAGIC) {
        if (this.#isZero(at, end)) {
          this.#warn('evtx-unwritten', 'the chunk counts records that were never written', at, end - at);
        } else this.#error('evtx-record', 'no record where one must be', at);
        return at;
      }
      if (size < RECORD_OVERHEAD_BYTES || at + size > b.length) {
        this.#error('evtx-record', `a record of ${size} bytes`, at);
        return at;
      }
      if (uint32(b, at + size - 4) !== size && !this.#isFollowed(at + size, end)) {
        // The size is wrong or the record was cut off by an interrupted write; behind it the chain is lost.
        this.#error('evtx-record', 'the two sizes of a record differ', at);
        return at;
      }
      this.#readRecord(at, size, recovered);
      at += size;
    }
    return at;
  }

  /**
   * Looks for records from `from` to `to`, where no structure leads: behind the last record, behind damage, in a chunk
   * without header. Returns how many bytes there belong to no record and are not zero.
   */
  recover(from: number, to: number): number {
    const b = this.#bytes;
    let unread = 0;
    let at = (from + 7) & ~7; // records are aligned to eight bytes
    while (at + RECORD_OVERHEAD_BYTES <= to && !this.#account.stopped) {
      if (b[at] === 0x2a && uint32(b, at) === RECORD_MAGIC) {
        const size = uint32(b, at + 4);
        if (size >= RECORD_OVERHEAD_BYTES && at + size <= to && uint32(b, at + size - 4) === size) {
          this.#readRecord(at, size, true);
          at += size;
          continue;
        }
      }
      if (b[at] !== 0 || uint32(b, at) !== 0 || uint32(b, at + 4) !== 0) unread += 8;
      at += 8;
    }
    for (; at < to; at++) if (b[at] !== 0) unread++;
    return unread;
  }

  #readRecord(at: number, size: number, recovered: boolean): void {
    const recordId = uint64Number(this.#bytes, at + 8);
    const place = { offset: this.#base + at, recordId, writtenAt: at + 16, recovered };
    try {
      const parts: Instance[] = [];
      const plan = this.#readFragment(at + RECORD_HEADER_BYTES, at + size - 4, parts);
      this.#account.emit(new EvtxEvent(this.#bytes, plan, parts, place));
    } catch (fault) {
      if (!(fault instanceof BinaryXmlFault)) throw fault;
      if (recovered) this.#emitBareRecord(at, size, fault);
      else {
        this.#error('evtx-binary-xml', `record ${recordId}: ${fault.message}`, fault.at, size);
        this.#account.skip(size);
      }
    }
  }

  /** Fills `parts` with the instances of the fragment and those nested in it. @throws BinaryXmlFault */
  #readFragment(start: number, end: number, parts: Instance[]): RecordPlan {
    const definitions: Definition[] = [];
    const nested: NestedSlot[] = [];
    this.#readParts(start, end, parts, definitions, nested);
    if (definitions.length === 0) throw new BinaryXmlFault('a record without content', start);
    let key = '';
    for (const { id } of definitions) key += `${id},`;
    for (const slot of nested) key += `${slot.part}.${slot.index},`;
    const { combined } = definitions[0]!;
    let plan = combined.get(key);
    if (plan === undefined) {
      plan = planRecord(definitions, nested, this.#shapes);
      combined.set(key, plan);
    }
    return plan;
  }

  #readParts(
    start: number,
    end: number,
    parts: Instance[],
    definitions: Definition[],
    nested: NestedSlot[],
  ): void {
    const b = this.#bytes;
    let at = start;
    if (at + 4 <= end && b[at] === 0x0f) at += 4; // fragment header
    if (at >= end || b[at] === 0) return;
    if (parts.length >= NESTED_MAX) throw new BinaryXmlFault('fragments nested too deeply', at);
    if (b[at] !== 0x0c) {
      // Text rendered elsewhere and forwarded: every record by itself, its elements without dependency ids.
      const { fields } = this.#reader.read(at, end, false);
      definitions.push({ fields, combined: new Map(), id: -1 - at });
      parts.push(NO_INSTANCE);
      return;
    }
    if (at + 10 > end) throw new BinaryXmlFault('a template instance is cut short', at);
    const definitionAt = uint32(b, at + 6);
    let values = at + 10;
    const definition = this.#definition(definitionAt, uint32(b, at + 2), at);
    if (definitionAt === values) values += 24 + uint32(b, definitionAt + 20); // it is written in place
    if (values + 4 > end) throw new BinaryXmlFault('a template instance is cut short', at);
    const count = uint32(b, values);
    const descriptors = values + 4;
    if (count > VALUES_MAX || descriptors + 4 * count > end) {
      throw new BinaryXmlFault(`a template instance with ${count} values`, values);
    }
    const starts: number[] = [];
    let place = descriptors + 4 * count;
    let fragments = 0;
    for (let i = 0, descriptor = descriptors; i < count; i++, descriptor += 4) {
      starts.push(place);
      if (b[descriptor + 2] === TYPE_BINXML) fragments++;
      place += b[descriptor]! | (b[descriptor + 1]! << 8);
    }
    if (place > end) throw new BinaryXmlFault('the values reach out of the record', descriptors);
    const part = parts.length;
    parts.push({ descriptors, count, starts });
    definitions.push(definition);
    if (fragments === 0) return;
    for (let i = 0; i < count; i++) {
      if (b[descriptors + 4 * i + 2] !== TYPE_BINXML) continue;
      const size = uint16(b, descriptors + 4 * i);
      if (size === 0) continue;
      nested.push({ part, index: i });
      this.#readParts(starts[i]!, starts[i]! + size, parts, definitions, nested);
    }
  }

  /**
   * The definition at an offset of the chunk: next u32, GUID, size u32, fragment. `templateId` is the GUID's
   * first part, by which an instance whose definition was overwritten is told.
   * @throws BinaryXmlFault
   */
  #definition(offset: number, templateId: number, from: number): Definition {
    const known = this.#definitions.get(offset);
    const b = this.#bytes;
    if (offset + 24 > b.length)
      throw new BinaryXmlFault(`a template at ${offset}, outside of the chunk`, from);
    if (uint32(b, offset + 4) !== templateId) {
      throw new BinaryXmlFault(`the template at ${offset} is not the one of the record`, from);
    }
    if (known !== undefined) return known;
    const end = offset + 24 + uint32(b, offset + 20);
    if (end > b.length) throw new BinaryXmlFault(`the template at ${offset} reaches out of the chunk`, from);
    const { fields } = this.#reader.read(offset + 24, end, true);
    const definition = { fields, combined: new Map<string, RecordPlan>(), id: offset };
    this.#definitions.set(offset, definition);
    return definition;
  }

  /**
   * A recovered record whose template is overwritten: its header and its values without their names. Counted
   * as recovered; that the names are missing is a warning.
   */
  #emitBareRecord(at: number, size: number, fault: BinaryXmlFault): void {
    const b = this.#bytes;
    const recordId = uint64Number(b, at + 8);
    this.#warn('evtx-template-lost', `record ${recordId}: ${fault.message}`, at, size);
    const values = this.#bareValues(at + RECORD_HEADER_BYTES, at + size - 4);
    this.#account.emit(
      plainEvent({
        kind: 'windows-event',
        time: fileTime(uint64(b, at + 16), 'record header'),
        message: `record ${recordId}, its template is overwritten${values.length > 0 ? `: ${values.join(' ')}`.slice(0, 1_000) : ''}`,
        fields: { EventRecordID: recordId, Values: values },
        offset: this.#base + at,
        recordId,
        recovered: true,
      }),
    );
  }

  /** The values of a template instance by their own types, or none when its head is no instance. */
  #bareValues(start: number, end: number): string[] {
    const b = this.#bytes;
    const values: string[] = [];
    let at = start;
    if (b[at] === 0x0f) at += 4;
    if (b[at] !== 0x0c || at + 14 > end) return values;
    const inPlace = uint32(b, at + 6) === at + 10;
    at += 10;
    if (inPlace) return values; // the definition was here and did not parse: where the values begin is unknown
    const count = uint32(b, at);
    let place = at + 4 + 4 * count;
    if (count > VALUES_MAX || place > end) return values;
    for (let i = 0; i < count; i++) {
      const size = uint16(b, at + 4 + 4 * i);
      const type = b[at + 6 + 4 * i]!;
      if (place + size > end) break;
      if (type === TYPE_BINXML) values.push(...this.#bareValues(place, place + size));
      else if (type !== TYPE_NULL) values.push(String(decodeValue(b, type, place, size)));
      place += size;
    }
    return values;
  }

  /** Behind a record comes the next, or what was never written. */
  #isFollowed(at: number, end: number): boolean {
    return at === end || (at + 4 <= end && uint32(this.#bytes, at) === RECORD_MAGIC) || this.#isZero(at, end);
  }

  #isZero(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#bytes[i] !== 0) return false;
    return true;
  }

  #error(code: string, message: string, at: number, length?: number): void {
    this.#account.error(code, message, this.#base + at, length);
  }

  #warn(code: string, message: string, at: number, length?: number): void {
    this.#account.warn(code, message, this.#base + at, length);
  }
}
