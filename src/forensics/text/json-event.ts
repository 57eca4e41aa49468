/**
 * A JSON object as an event. Nested members become dotted names (`userIdentity.arn`), the way rules write them; members of
 * objects in a list share a name and are several values.
 *
 * The time is the first of the well-known members that is one. A number is counted from 1970 in the unit that its size
 * tells: seconds, milli-, micro- and nanoseconds of our age differ by factors of a thousand.
 *
 * Windows events written as JSON (by evtx_dump, Winlogbeat, NXLog) get the same names as those of an event log.
 */
import type { EventInit, EventTime, Fields, FieldValue, Scalar } from '../event.ts';
import { unixTime, writtenTime } from '../time-text.ts';
import { parseJsonRecord } from './json-text.ts';

/** The deepest public audit record nests about ten levels. */
const DEPTH_MAX = 32;
/** The largest has some hundred members; a record with more is kept, its further members are told as `more_members`. */
const MEMBERS_MAX = 10_000;

const TIME_NAMES = [
  ...[
    '@timestamp',
    'timestamp',
    'time',
    'eventTime',
    'EventTime',
    'TimeCreated',
    'UtcTime',
    'ts',
    'datetime',
  ],
  ...[
    'date',
    'created_at',
    'createdDateTime',
    'activityDateTime',
    'CreationTime',
    'TimeGenerated',
    'published',
  ],
  ...[
    'requestReceivedTimestamp',
    'stageTimestamp',
    'protoPayload.metadata.timestamp',
    'event_time',
    'local_time',
  ],
];
const HOST_NAMES = [
  'host.name',
  'hostname',
  'Computer',
  'computer_name',
  'host',
  'HostName',
  'node_id',
  'sourceIPAddress',
];
const USER_NAMES = [
  'user.name',
  'userIdentity.arn',
  'userIdentity.userName',
  'actor.alternateId',
  'userPrincipalName',
  'UserId',
  'username',
  'user',
  'User',
  'actor',
];
const MESSAGE_NAMES = [
  'message',
  'msg',
  'Message',
  'eventName',
  'operationName',
  'Operation',
  'displayMessage',
  'action',
  'EventName',
];

export function jsonEvent(value: object, offset: number, zoneOffsetMinutes: number | undefined): EventInit {
  const windows = windowsEvent(value, offset, zoneOffsetMinutes);
  if (windows !== null) return windows;
  const fields = flatten(unwrapped(value));
  const message = pick(fields, MESSAGE_NAMES);
  return {
    kind: 'json',
    time: timeIn(fields, zoneOffsetMinutes),
    host: pick(fields, HOST_NAMES),
    user: pick(fields, USER_NAMES),
    message: message ?? JSON.stringify(value).slice(0, 1_000),
    fields,
    offset,
  };
}

/** CloudTrail's look-up gives the record itself as text in a member; it then counts like the others. */
function unwrapped(value: object): object {
  const text = (value as Json)['CloudTrailEvent'];
  const inner = typeof text === 'string' ? parseJsonRecord(text) : null;
  return inner === null ? value : { ...value, ...inner.value };
}

/** Dotted names to scalars. */
export function flatten(value: object): Fields {
  const fields: Record<string, FieldValue> = {};
  let members = 0;
  let left = 0;
  const add = (name: string, scalar: Scalar): void => {
    if (++members > MEMBERS_MAX) {
      left++;
      return;
    }
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const joined = before === undefined ? scalar : Array.isArray(before) ? before : [before as Scalar];
    if (before !== undefined) (joined as Scalar[]).push(scalar);
    if (name === '__proto__')
      Object.defineProperty(fields, name, {
        value: joined,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else fields[name] = joined;
  };
  const walk = (name: string, inner: unknown, depth: number): void => {
    if (inner === null || typeof inner !== 'object') add(name, inner as Scalar);
    else if (depth > DEPTH_MAX) add(name, JSON.stringify(inner));
    else if (Array.isArray(inner)) for (const item of inner) walk(name, item, depth + 1);
    else
      for (const [key, item] of Object.entries(inner))
        walk(name === '' ? key : `${name}.${key}`, item, depth + 1);
  };
  walk('', value, 0);
  if (left > 0) fields['more_members'] = left;
  return fields;
}

function timeIn(fields: Fields, zoneOffsetMinutes: number | undefined): EventTime | null {
  for (const name of TIME_NAMES) {
    if (!Object.hasOwn(fields, name)) continue;
    const time = timeOfValue(fields[name], name, zoneOffsetMinutes);
    if (time !== null) return time;
  }
  return null;
}

/** Whether some member says when, readable or not. */
export function namesTime(fields: Fields): boolean {
  return ['TimeCreated_SystemTime', ...TIME_NAMES].some((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : null;
    return value !== null && value !== '' && value !== 0;
  });
}

function timeOfValue(
  value: FieldValue | undefined,
  source: string,
  zoneOffsetMinutes: number | undefined,
): EventTime | null {
  return typeof value === 'string' && !/^\d+(?:\.\d+)?$/.test(value)
    ? writtenTime(value, source, zoneOffsetMinutes)
    : countedTime(value, source);
}

/** Numbers beyond 2^53, nanoseconds among them, and longer fractions are text here. */
function countedTime(written: FieldValue | undefined, source: string): EventTime | null {
  const value = Number(written);
  if (!Number.isFinite(value) || value <= 0) return null;
  if (value < 1e11) {
    const digits = typeof written === 'string' ? /^(\d+)\.(\d{7,9})/.exec(written) : null;
    if (digits !== null)
      return unixTime(BigInt(digits[1]! + digits[2]!.padEnd(9, '0')), 'nanosecond', source);
    const micros = Math.round(value * 1e6);
    const time = unixTime(micros, 'microsecond', source);
    return time === null || !Number.isInteger(value) ? time : { ...time, precision: 'second' };
  }
  if (value < 1e14) return unixTime(Math.round(value), 'millisecond', source);
  if (value < 1e17) return unixTime(Math.round(value), 'microsecond', source);
  const whole = /^\d{18,20}$/.exec(String(written));
  return whole === null ? null : unixTime(BigInt(whole[0]), 'nanosecond', source);
}

function pick(fields: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return null;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One of the three common forms of a Windows event in JSON, or null. */
function windowsEvent(
  value: object,
  offset: number,
  zoneOffsetMinutes: number | undefined,
): EventInit | null {
  const event = (value as Json)['Event'];
  if (isObject(event) && isObject(event['System']))
    return fromSystem(event['System'], event['EventData'] ?? event['UserData'], offset);
  const winlog = (value as Json)['winlog'];
  if (isObject(winlog) && winlog['channel'] !== undefined) return fromWinlog(value as Json, winlog, offset);
  const { Channel, EventID } = value as Json;
  if (typeof Channel === 'string' && EventID !== undefined)
    return fromFlat(value as Json, offset, zoneOffsetMinutes);
  return null;
}

/** As evtx_dump writes it: attributes in `#attributes`, or in members with the suffix `_attributes`; text in `#text`. */
function fromSystem(system: Json, data: unknown, offset: number): EventInit {
  const fields: Record<string, FieldValue> = {};
  for (const [name, member] of Object.entries(system)) {
    const attributes = name.endsWith('_attributes')
      ? member
      : isObject(member)
        ? member['#attributes']
        : undefined;
    const element = name.replace(/_attributes$/, '');
    if (isObject(attributes))
      for (const [key, item] of Object.entries(attributes)) fields[`${element}_${key}`] = item as Scalar;
    const text = isObject(member) ? member['#text'] : member;
    if (!name.endsWith('_attributes') && text !== undefined && text !== null && typeof text !== 'object')
      fields[name] = text as Scalar;
  }
  if (isObject(data)) addData(fields, data, 0);
  return windowsInit(fields, offset);
}

function addData(fields: Record<string, FieldValue>, data: Json, depth: number): void {
  for (const [name, member] of Object.entries(data)) {
    if (name === '#attributes' || name.endsWith('_attributes')) continue;
    const item = isObject(member) && '#text' in member ? member['#text'] : member;
    if (isObject(item)) {
      if (depth < DEPTH_MAX) addData(fields, item, depth + 1);
    } else {
      const key = Object.hasOwn(fields, name) ? `EventData_${name}` : name;
      fields[key] = Array.isArray(item)
        ? item.map((part) => (typeof part === 'object' && part !== null ? JSON.stringify(part) : part))
        : ((item ?? '') as Scalar);
    }
  }
}

function fromWinlog(value: Json, winlog: Json, offset: number): EventInit {
  const fields: Record<string, FieldValue> = {};
  const names: Readonly<Record<string, string>> = {
    channel: 'Channel',
    event_id: 'EventID',
    provider_name: 'Provider_Name',
    computer_name: 'Computer',
    record_id: 'EventRecordID',
    version: 'Version',
    opcode: 'Opcode',
    task: 'Task',
  };
  for (const [from, to] of Object.entries(names)) {
    const item = winlog[from];
    if (item !== undefined && typeof item !== 'object') fields[to] = item as Scalar;
  }
  fields['TimeCreated_SystemTime'] = String(value['@timestamp'] ?? '');
  const data = winlog['event_data'] ?? winlog['user_data'];
  if (isObject(data)) addData(fields, data, 0);
  return windowsInit(fields, offset);
}

/** Members of flat forms that say when, in the order of their rank. Those in UTC by definition name no zone. */
const FLAT_TIMES = ['TimeCreated_SystemTime', 'TimeCreated', 'UtcTime', 'EventTime', '@timestamp'];
const UTC_TIMES = ['TimeCreated_SystemTime', 'UtcTime'];

/** A shipper writes local times beside its own stamp: the first time whose zone is known counts, else the first. */
function fromFlat(value: Json, offset: number, zoneOffsetMinutes: number | undefined): EventInit {
  const fields: Record<string, FieldValue> = { ...flatten(value) };
  fields['Provider_Name'] ??= fields['SourceName'] ?? fields['ProviderName'] ?? fields['Provider'] ?? '';
  fields['Computer'] ??= fields['Hostname'] ?? fields['host'] ?? '';
  const times = FLAT_TIMES.flatMap((name) =>
    UTC_TIMES.includes(name)
      ? (utcTime(String(fields[name] ?? ''), name) ?? [])
      : (timeOfValue(fields[name], name, zoneOffsetMinutes) ?? []),
  );
  const time = times.find(({ zone }) => zone === 'stated' || zone === 'utc') ?? times[0] ?? null;
  const source = time?.source ?? FLAT_TIMES.find((name) => fields[name] !== undefined);
  fields['TimeCreated_SystemTime'] ??= source === undefined ? '' : fields[source]!;
  return windowsInit(fields, offset, time);
}

/** Windows keeps event times in UTC whatever the form. */
function utcTime(text: string, source: string): EventTime | null {
  const time = writtenTime(text, source, 0);
  return time === null ? null : { ...time, zone: time.zone === 'stated' ? 'stated' : 'utc' };
}

/** A made-up event can name anything; numbers and texts are taken as they are. */
function windowsInit(
  fields: Record<string, FieldValue>,
  offset: number,
  time: EventTime | null = utcTime(String(fields['TimeCreated_SystemTime'] ?? ''), 'TimeCreated'),
): EventInit {
  const record = fields['EventRecordID'];
  const recordId =
    typeof record === 'number'
      ? record
      : typeof record === 'string' && /^\d{1,15}$/.test(record)
        ? Number(record)
        : null;
  const user = fields['User'] ?? fields['SubjectUserName'];
  return {
    kind: 'windows-event',
    time,
    host: fields['Computer'] === undefined || fields['Computer'] === '' ? null : String(fields['Computer']),
    user: user === undefined || user === '' ? null : String(user),
    message: `${fields['Provider_Name'] ?? 'unknown provider'} ${fields['EventID'] ?? '?'}`,
    fields,
    offset,
    recordId,
  };
}
