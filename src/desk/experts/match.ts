/**
 * Who fits a request. What is required excludes: clearance, every skill and language asked for, a free day in the time of the request. Those
 * who fit are ordered by how much of the week they share with the asker, then by identifier, so that the same roster gives the same order.
 */
import { CLEARANCES, type Clearance } from '../../agreement/index.ts';
import type { Ask } from '../requests/step.ts';
import { overlapMinutes, type WorkingCalendar } from '../working-calendar.ts';
import type { Expert } from './roster.ts';

/** What somebody lacks: the word or number that is asked for, and what there is instead. */
export type Lack =
  | { readonly what: 'clearance'; readonly needed: Clearance; readonly has: Clearance }
  | { readonly what: 'skill' | 'language'; readonly needed: string }
  | { readonly what: 'free-days'; readonly needed: number; readonly has: number };

export interface Fit {
  readonly expert: Expert;
  /** Why not; empty for who fits. */
  readonly lacks: readonly Lack[];
  /** Hours a week in which both work. */
  readonly sharedHours: number;
}

export interface Want {
  readonly skills: Ask['skills'];
  readonly languages: Ask['languages'];
  readonly clearance: Ask['clearance'];
  /** Days of work. */
  readonly days: number;
  readonly from: Date;
}

const DAY_MS = 86_400_000;
/** Work is spread over at most this many times its length; one day of work has to be found within a week. */
const SPREAD = 3;
const WEEK_DAYS = 7;

export function matchExperts(experts: readonly Expert[], want: Want, asker: WorkingCalendar): Fit[] {
  return experts
    .map((expert) => ({
      expert,
      lacks: lacking(expert, want),
      sharedHours: Math.round(overlapMinutes(expert.calendar, asker, want.from) / 60),
    }))
    .sort(
      (a, b) =>
        Number(a.lacks.length > 0) - Number(b.lacks.length > 0) ||
        b.sharedHours - a.sharedHours ||
        (a.expert.id < b.expert.id ? -1 : 1),
    );
}

function lacking(expert: Expert, want: Want): Lack[] {
  const lacks: Lack[] = [];
  if (CLEARANCES.indexOf(expert.clearance) < CLEARANCES.indexOf(want.clearance))
    lacks.push({ what: 'clearance', needed: want.clearance, has: expert.clearance });
  for (const skill of want.skills)
    if (!expert.skills.includes(skill.toLowerCase())) lacks.push({ what: 'skill', needed: skill });
  for (const language of want.languages) {
    const tag = language.toLowerCase();
    if (!expert.languages.some((one) => one === tag || one.startsWith(`${tag}-`)))
      lacks.push({ what: 'language', needed: language });
  }
  const free = freeDays(expert, want);
  if (free < want.days) lacks.push({ what: 'free-days', needed: want.days, has: free });
  return lacks;
}

/** Working days of the person that are wholly free. */
function freeDays({ calendar, away }: Expert, { from, days }: Want): number {
  const horizon = Math.max(WEEK_DAYS, days * SPREAD);
  let free = 0;
  for (let n = 0; n < horizon; n++) {
    const start = new Date(from.getTime() + n * DAY_MS);
    const end = new Date(start.getTime() + DAY_MS);
    const gone = away.some(
      (span) => Date.parse(span.from) < end.getTime() && Date.parse(span.until) > start.getTime(),
    );
    if (!gone && overlapDay(calendar, start)) free++;
  }
  return free;
}

/** Whether the person works on the day that begins then. */
function overlapDay(calendar: WorkingCalendar, start: Date): boolean {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: calendar.timeZone, dateStyle: 'short' }).format(
    start,
  );
  const weekday = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[
    new Date(`${day}T00:00:00Z`).getUTCDay()
  ]!;
  return calendar.hours[weekday] !== undefined && !calendar.holidays.includes(day);
}
