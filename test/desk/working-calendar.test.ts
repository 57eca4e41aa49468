/** Working time over weekends, holidays and changes of the clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addWorkingHours,
  isWorkingAt,
  overlapMinutes,
  parseCalendar,
} from '../../src/desk/working-calendar.ts';

const office: readonly [string, string] = ['09:00', '17:00'];
const madrid = parseCalendar({
  timeZone: 'Europe/Madrid',
  hours: { mon: office, tue: office, wed: office, thu: office, fri: office },
  holidays: ['2026-12-25'],
});
const after = (from: string, hours: number, calendar = madrid) =>
  addWorkingHours(calendar, new Date(from), hours).toISOString();

test('working hours pass only while somebody works', () => {
  assert.equal(
    after('2026-11-27T15:00:00Z', 2),
    '2026-11-30T09:00:00.000Z',
    'Friday 16:00 and two hours is Monday 10:00',
  );
  assert.equal(
    after('2026-12-24T15:00:00Z', 2),
    '2026-12-28T09:00:00.000Z',
    'a holiday and a weekend between',
  );
  assert.equal(after('2026-11-29T03:00:00Z', 1), '2026-11-30T09:00:00.000Z', 'asked on a Sunday');
  assert.equal(isWorkingAt(madrid, new Date('2026-12-25T10:00:00Z')), false);
  assert.equal(isWorkingAt(madrid, new Date('2026-12-24T10:00:00Z')), true);
});

test('a weekend is where it is: Friday and Saturday in Riyadh', () => {
  const riyadh = parseCalendar({
    timeZone: 'Asia/Riyadh',
    hours: { sun: office, mon: office, tue: office, wed: office, thu: office },
    holidays: [],
  });
  assert.equal(
    after('2026-12-03T13:00:00Z', 2, riyadh),
    '2026-12-06T07:00:00.000Z',
    'Thursday 16:00 and two hours is Sunday 10:00',
  );
  // Madrid works 08:00-16:00 UTC, Riyadh 06:00-14:00 UTC; four common days of six hours.
  assert.equal(overlapMinutes(madrid, riyadh, new Date('2026-12-06T00:00:00Z')), 4 * 6 * 60);
});

test('a day on which clocks change has the hours that really pass', () => {
  const always = parseCalendar({
    timeZone: 'Europe/Madrid',
    hours: Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00', '24:00']]),
    ),
    holidays: [],
  });
  // 29 March 2026 has 23 hours and 25 October 2026 has 25 in Madrid; time around the clock is plain time.
  for (const from of ['2026-03-28T12:00:00.000Z', '2026-10-24T12:00:00.000Z'])
    assert.equal(after(from, 48, always), new Date(Date.parse(from) + 48 * 3_600_000).toISOString());
  const sunday = (hours: readonly [string, string]) =>
    parseCalendar({ timeZone: 'Europe/Madrid', hours: { sun: hours }, holidays: [] });
  assert.equal(
    after('2026-03-29T00:00:00Z', 2, sunday(['01:00', '04:00'])),
    '2026-03-29T02:00:00.000Z',
    '01:00 to 04:00 is two hours in spring',
  );
  assert.equal(
    after('2026-10-24T22:00:00Z', 4, sunday(['01:00', '04:00'])),
    '2026-10-25T03:00:00.000Z',
    'and four in autumn',
  );
  // Office hours begin at the local hour on both sides of the change.
  assert.equal(after('2026-03-27T16:00:00Z', 1), '2026-03-30T08:00:00.000Z');
  assert.equal(after('2026-10-23T15:00:00Z', 1), '2026-10-26T09:00:00.000Z');
});

test('a calendar that makes no sense is refused with every fault', () => {
  for (const [value, fault] of [
    [null, /timeZone/],
    [{ timeZone: 'Mars/Olympus', hours: { mon: office }, holidays: [] }, /timeZone/],
    [{ timeZone: 'UTC', hours: {}, holidays: [] }, /at least one weekday/],
    [{ timeZone: 'UTC', hours: { mon: ['17:00', '09:00'] }, holidays: [] }, /hours\.mon/],
    [{ timeZone: 'UTC', hours: { mon: office }, holidays: ['yesterday'] }, /holidays\[0\]/],
    [{ timeZone: 'UTC', hours: { someday: office }, holidays: [] }, /no weekday/],
  ] as const)
    assert.throws(() => parseCalendar(value), fault);
  const sparse = parseCalendar({ timeZone: 'UTC', hours: { mon: ['09:00', '09:01'] }, holidays: [] });
  assert.throws(() => addWorkingHours(sparse, new Date('2026-01-01'), 8_784), /too few hours/);
});
