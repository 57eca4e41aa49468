/**
 * What an event shows, in the words of STIX: an observed-data object with the observables inside of it (STIX 2.1 §4.14, §6), so
 * that patterns can be asked of it. Null for an event that shows none.
 *
 * A time that names only a day or a minute is all of that span: a condition on time must hold wherever in it the event was.
 */
import { type Event, type EventTime, formatEventTime } from '../event.ts';
import { Observables, type ObservedObject } from './observables.ts';
import { OF_KIND } from './of-kind.ts';
import { ofWindowsEvent } from './windows.ts';

export type { ObservedObject } from './observables.ts';

export interface ObservedData {
  readonly type: 'observed-data';
  readonly first_observed?: string;
  readonly last_observed?: string;
  readonly number_observed: 1;
  /** By keys that references name; the form of STIX 2.0, which needs no identifiers. */
  readonly objects: Readonly<Record<string, ObservedObject>>;
  readonly [property: string]: unknown;
}

export function observedData(event: Event): ObservedData | null {
  const shown = new Observables();
  const show = event.kind === 'windows-event' ? ofWindowsEvent : OF_KIND[event.kind];
  show?.(event, shown);
  if (shown.isEmpty) return null;
  return {
    type: 'observed-data',
    ...(event.time ? span(event.time) : {}),
    number_observed: 1,
    objects: shown.objects,
  };
}

const SPAN_NS: Partial<Record<EventTime['precision'], bigint>> = {
  day: 86_400_000_000_000n,
  minute: 60_000_000_000n,
};

function span(time: EventTime): { first_observed: string; last_observed: string } {
  const first_observed = formatEventTime(time);
  const ns = SPAN_NS[time.precision];
  if (ns === undefined) return { first_observed, last_observed: first_observed };
  const last: EventTime = { ...time, ns: time.ns + ns - 1n, precision: 'nanosecond' };
  return { first_observed, last_observed: formatEventTime(last) };
}
