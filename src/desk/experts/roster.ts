/** People of this organisation who can be sent. A profile is personal data: it stays here, and is gone when it is removed; the other side gets an identifier and a clearance. */
import { CLEARANCES, type Clearance } from '../../agreement/index.ts';
import { EntenteError, type Issue, isTimestamp, newId } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { parseCalendar, type WorkingCalendar } from '../working-calendar.ts';

export interface Profile {
  readonly name: string;
  readonly skills: readonly string[];
  /** BCP 47 tags. */
  readonly languages: readonly string[];
  readonly clearance: Clearance;
  /** Where and when the person works. */
  readonly calendar: WorkingCalendar;
  /** Times away. */
  readonly away: readonly { readonly from: string; readonly until: string }[];
}

export interface Expert extends Profile {
  readonly id: string;
}

const LIST_MAX = 100;
const TEXT_MAX = 120;

/** @throws EntenteError `usage` with every fault */
export function parseProfile(value: unknown): Profile {
  const issues: Issue[] = [];
  const fault = (path: string, message: string) => issues.push({ code: 'usage', path, message });
  const { name, skills, languages, clearance, calendar, away } = (value ?? {}) as Record<string, unknown>;
  const isText = (text: unknown): text is string =>
    typeof text === 'string' &&
    text.trim() !== '' &&
    text.length <= TEXT_MAX &&
    !/[\p{Cc}\p{Cf}]/u.test(text);
  if (!isText(name)) fault('name', `a name of up to ${TEXT_MAX} characters`);
  for (const [path, list] of [
    ['skills', skills],
    ['languages', languages],
  ] as const)
    if (!Array.isArray(list) || list.length > LIST_MAX || !list.every(isText))
      fault(path, `up to ${LIST_MAX} words`);
  if (!CLEARANCES.includes(clearance as Clearance)) fault('clearance', `one of: ${CLEARANCES.join(', ')}`);
  const times = Array.isArray(away) ? (away as Record<string, unknown>[]) : [];
  const isSpan = ({ from, until }: Record<string, unknown>) =>
    typeof from === 'string' &&
    typeof until === 'string' &&
    isTimestamp(from) &&
    isTimestamp(until) &&
    from < until;
  if (!Array.isArray(away) || times.length > LIST_MAX || !times.every((one) => one && isSpan(one)))
    fault('away', 'times from and until');
  let hours: WorkingCalendar | null = null;
  try {
    hours = parseCalendar(calendar);
  } catch (error) {
    fault('calendar', (error as Error).message);
  }
  if (issues.length > 0 || !hours)
    throw new EntenteError(
      'usage',
      `the profile has ${issues.length} faults: ${issues[0]!.path}: ${issues[0]!.message}`,
      { issues },
    );
  const set = (list: unknown) => [...new Set((list as string[]).map((word) => word.toLowerCase()))].sort();
  return {
    name: name as string,
    skills: set(skills),
    languages: set(languages),
    clearance: clearance as Clearance,
    calendar: hours,
    away: times.map(({ from, until }) => ({ from: from as string, until: until as string })),
  };
}

export async function addExpert(registry: Registry, profile: Profile): Promise<Expert> {
  const expert: Expert = { id: newId('expert'), ...profile };
  await registry.db.transaction(async (tx) => {
    await tx.run(
      'INSERT INTO expert (id, profile, added_at) VALUES (?, ?, ?)',
      expert.id,
      JSON.stringify(profile),
      registry.clock().toISOString(),
    );
    await appendLeaf(tx, registry.clock, 'administration', { what: 'expert-added', expert: expert.id });
  });
  return expert;
}

/** @throws EntenteError `not-found` */
export async function removeExpert(registry: Registry, id: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    if ((await tx.run('DELETE FROM expert WHERE id = ?', id)) === 0)
      throw new EntenteError('not-found', `there is no expert ${id.slice(0, 80)}`);
    await appendLeaf(tx, registry.clock, 'erasure', { what: 'expert', expert: id });
  });
  await registry.db.scrub();
}

export async function listExperts(queries: Queries): Promise<Expert[]> {
  const rows = await queries.all<{ id: string; profile: string }>(
    'SELECT id, profile FROM expert ORDER BY added_at, id',
  );
  return rows.map(({ id, profile }) => ({ id, ...(JSON.parse(profile) as Profile) }));
}

/** By identifier or name. @throws EntenteError `not-found`, `usage` when several fit */
export async function requireExpert(queries: Queries, asked: string): Promise<Expert> {
  const fits = (await listExperts(queries)).filter(
    ({ id, name }) => id === asked || name.toLowerCase() === asked.toLowerCase(),
  );
  if (fits.length === 1) return fits[0]!;
  if (fits.length === 0) throw new EntenteError('not-found', `there is no expert "${asked.slice(0, 80)}"`);
  throw new EntenteError(
    'usage',
    `several experts are called "${asked.slice(0, 80)}"; name one by its identifier`,
  );
}
