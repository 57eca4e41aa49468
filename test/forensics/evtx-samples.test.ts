/** Event logs of others, with the counts that others found. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Event, type FieldValue, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { sharedData } from '../shared-data.ts';

const folder = sharedData('evtx/expected.json');
const path = (name: string) => join(sharedData('evtx').path, name);

function parseFile(name: string) {
  const bytes = readFileSync(path(name));
  const format = recogniseFormat(bytes.subarray(0, 65_536));
  assert.equal(format?.name, 'evtx');
  const events: Event[] = [];
  const account = format!.parse(memoryReader(bytes), (event) => void events.push(event));
  return { account, events, sizeBytes: bytes.length };
}

test('every sample gives the records and errors that are known of it', { skip: folder.skip }, () => {
  const expected = JSON.parse(readFileSync(folder.path, 'utf8')) as Record<
    string,
    { records: number; errors: number | null; libevtx: { recovered: number } }
  >;
  for (const name of readdirSync(sharedData('evtx').path).filter((file) => file.endsWith('.evtx'))) {
    const { account, events } = parseFile(name);
    assert.equal(account.records, expected[name]!.records, name);
    if (expected[name]!.errors !== null) assert.equal(account.errors, expected[name]!.errors, name);
    assert.equal(account.recovered, expected[name]!.libevtx.recovered, name);
    assert.equal(events.length, account.records + account.recovered, name);
  }
});

test('single records have the values that are known of them', { skip: folder.skip }, () => {
  const find = (name: string, recordId: number) =>
    parseFile(name).events.find((event) => event.recordId === recordId && !event.recovered)!;
  const first = find('security.evtx', 1);
  const expectFields = (event: Event, expected: Record<string, FieldValue>) => {
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(event.field(name), value, name);
      assert.deepEqual(event.fields[name], value, name);
    }
  };
  expectFields(first, {
    Provider_Name: 'Microsoft-Windows-Security-Auditing',
    Provider_Guid: '54849625-5478-4994-A5BA-3E3B0328C30D',
    EventID: 4608,
    Keywords: '0x8020000000000000',
    Execution_ProcessID: 456,
    Channel: 'Security',
    Computer: '37L4247F27-25',
  });
  assert.equal(first.field('Correlation'), undefined);
  assert.equal(first.time?.precision, '100ns');
  expectFields(find('security.evtx', 2260), {
    LogonProcessName: 'Advapi  ',
    KeyLength: 0,
    WorkstationName: '',
  });
  expectFields(find('Security_with_size_t.evtx', 196), {
    HandleId: '0x7eec',
    ProcessId: '0x858',
    OldSd: '',
    NewSd: 'S:ARAI(AU;SAFA;DCLCRPCRSDWDWO;;;WD)',
  });
  const forwarded = find('MSExchange_Management_wec.evtx', 1);
  expectFields(forwarded, { EventID: '1', EventID_Qualifiers: '16384', EventRecordID: '3229' });
  const data = forwarded.field('Data') as readonly string[];
  assert.equal(data.length, 27);
  assert.deepEqual([data[0], data[7], data[26]], ['Set-Mailbox', '', 'fr-FR']);
  assert.equal(forwarded.time?.precision, 'nanosecond');
});

const truncated = sharedData('plaso/files/evtx__System2.evtx');
test('a log cut off inside a chunk gives its whole chunks as records and the rest as recovered', {
  skip: truncated.skip,
}, () => {
  const bytes = readFileSync(truncated.path);
  const account = recogniseFormat(bytes)!.parse(memoryReader(bytes), () => {});
  assert.equal(account.records, 194);
  assert.equal(account.recovered, 89);
  assert.ok(account.errors > 0);
  assert.ok(account.issues.some((issue) => issue.code === 'evtx-truncated'));
});
