/** When the people of this organisation work, and what peers said of theirs. */
import type { Registry } from '../registry/index.ts';
import { appendLeaf } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { DEFAULT_CALENDAR, type WorkingCalendar } from './working-calendar.ts';

export async function calendarOf(queries: Queries, node: string): Promise<WorkingCalendar> {
  const row = await queries.get<{ calendar: string }>(
    'SELECT calendar FROM desk_calendar WHERE node = ?',
    node,
  );
  return row ? (JSON.parse(row.calendar) as WorkingCalendar) : DEFAULT_CALENDAR;
}

export async function keepCalendar(
  tx: Queries,
  registry: Registry,
  node: string,
  calendar: WorkingCalendar,
): Promise<void> {
  await tx.run(
    `INSERT INTO desk_calendar (node, calendar, at) VALUES (?, ?, ?)
     ON CONFLICT (node) DO UPDATE SET calendar = excluded.calendar, at = excluded.at`,
    node,
    JSON.stringify(calendar),
    registry.clock().toISOString(),
  );
}

/** This organisation's own. Clocks of requests that were acknowledged before keep the calendar they began with. */
export async function setCalendar(registry: Registry, calendar: WorkingCalendar): Promise<void> {
  await registry.db.transaction(async (tx) => {
    await keepCalendar(tx, registry, registry.identity.kid, calendar);
    await appendLeaf(tx, registry.clock, 'administration', { setting: 'working-calendar', calendar });
  });
}
